/** The JavaScript package, made anew at each call (`build.mjs`). */
declare module "hallpass-package" {
  export interface Api extends Omit<typeof import("../../../../plugin/js/hallpass"), never> {
    initSync(from: { module: WebAssembly.Module }): unknown;
  }
  export default function load(): Api;
}
