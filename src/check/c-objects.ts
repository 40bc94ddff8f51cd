/** Functions of C that a script imports: compiled by the user's own compiler, linked to the script's object. */
import type { Span } from "../base/span.js";
import { decodeBtf } from "../btf/decode.js";
import type { BtfView } from "../btf/types.js";
import { openElf } from "../binary/elf-file.js";
import { memoryFile } from "../binary/file-bytes.js";
import type { Log } from "../diag/diagnostic.js";
import type { KernelFunction } from "../target/target.js";

/** An object to link: relocatable ELF of EM_BPF. */
export interface CObject {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** By name. Errors are reported at the import. */
export class CFunctions {
  readonly objects: CObject[] = [];
  /** An import could not be had. */
  failed = false;
  private readonly byName = new Map<string, KernelFunction>();

  find(name: string): KernelFunction | undefined {
    return this.byName.get(name);
  }

  add(object: CObject, span: Span, log: Log): void {
    const btf = typesOf(object.bytes);
    if (btf === undefined) {
      const hint = "compile it with clang -target bpf -g -O2 -c";
      log.error("TB2010", span, `'${object.path}' is no BPF object with type information`, hint);
      return;
    }
    this.objects.push(object);
    for (const name of btf.functionNames()) {
      const id = btf.findFunction(name);
      const type = id === undefined ? undefined : btf.type(id);
      if (id === undefined || type?.kind !== "func" || type.linkage !== "global") continue;
      if (this.byName.has(name)) {
        log.error("TB2008", span, `function '${name}' is defined by another import too`);
        continue;
      }
      this.byName.set(name, { module: object.path, btf, id });
    }
  }
}

function typesOf(bytes: Uint8Array): BtfView | undefined {
  const file = openElf(memoryFile(Buffer.from(bytes)));
  const section = file.ok ? file.value.section(".BTF") : undefined;
  const decoded = section === undefined ? undefined : decodeBtf(section.data());
  return decoded?.ok === true ? decoded.value : undefined;
}
