// What the page carries in itself: the rules and the worker's script, as data that nobody has to fetch. That is what lets it
// work from a folder, and forbid itself every connection.

interface Policies {
  createPolicy(name: string, rules: { createScriptURL(address: string): string }): { createScriptURL(address: string): string };
}

/** Where the browser has trusted types, the page's policy allows this one and no other. */
const policies = (globalThis as { trustedTypes?: Policies }).trustedTypes;
const policy = policies?.createPolicy("worker", { createScriptURL: (address) => address });

/** The bytes under this id: gzip, in base64. */
export async function embedded(id: string): Promise<Uint8Array> {
  const packed = Uint8Array.from(atob(carried(id)), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export function startWorker(): Worker {
  const address = URL.createObjectURL(new Blob([carried("worker")], { type: "text/javascript" }));
  const worker = new Worker(policy ? policy.createScriptURL(address) : address);
  // The worker has read it by the time that it says or is sent anything.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  return worker;
}

function carried(id: string): string {
  return document.getElementById(id)?.textContent ?? "";
}
