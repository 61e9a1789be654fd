// The web build of the package: the contract, and how its module is loaded.
declare module "hallpass-web" {
  export * from "hallpass";
  export function initSync(input: { module: BufferSource | WebAssembly.Module }): unknown;
}
