/** What we use of elfy, which ships no types. */
declare module "elfy" {
  export interface ElfySection {
    readonly name: string;
    readonly type: string | number;
    readonly addr: number;
    readonly off: number;
    readonly size: number;
    readonly link: number;
    readonly data: Buffer;
  }
  export interface ElfyProgram {
    readonly type: string | number;
    readonly offset: number;
    readonly vaddr: number;
    readonly filesz: number;
    readonly flags: { readonly x?: boolean };
  }
  export interface Elfy {
    readonly class: string;
    readonly endian: string;
    readonly body: { readonly programs: readonly ElfyProgram[]; readonly sections: readonly ElfySection[] };
  }
  /** Throws on anything that is not a whole ELF file. */
  export function parse(bytes: Buffer): Elfy;
}
