/** Helpers on maps and locks. */
import { ERRNO, VmFault } from "../fault.js";
import { hex } from "../memory.js";
import type { HelperBody, HelperContext } from "../machine.js";
import type { SimulatedMap } from "../maps.js";

function keyOf(vm: HelperContext, map: SimulatedMap, address: bigint): Uint8Array {
  return vm.memory.readForHelper(address, map.spec.keySize);
}

function lookup(map: SimulatedMap, key: Uint8Array, cpu: number): bigint {
  return map.lookup(key, cpu)?.base ?? 0n;
}

/** BPF_LOCAL_STORAGE_GET_F_CREATE */
const STORAGE_CREATE = 1n;

/** Task and cgroup storage: the owner's address is the key. */
const storageGet: HelperBody = (vm, [reference, owner, value, flags]) => {
  const map = vm.mapAt(reference);
  if (owner === 0n) return 0n;
  const key = ownerKey(owner);
  const found = lookup(map, key, 0);
  if (found !== 0n || flags !== STORAGE_CREATE) return found;
  const initial =
    value === 0n ? new Uint8Array(map.spec.valueSize) : vm.memory.readForHelper(value, map.spec.valueSize);
  map.update(key, initial, 0n, 0);
  return lookup(map, key, 0);
};

const storageDelete: HelperBody = (vm, [reference, owner]) => vm.mapAt(reference).delete(ownerKey(owner));

function ownerKey(owner: bigint): Uint8Array {
  const key = new Uint8Array(8);
  new DataView(key.buffer).setBigUint64(0, owner, true);
  return key;
}

function takeValue(remove: boolean): HelperBody {
  return (vm, [reference, out]) => {
    const map = vm.mapAt(reference);
    const value = map.take(remove);
    vm.memory.writeForHelper(out, value ?? new Uint8Array(map.spec.valueSize));
    return value ? 0n : ERRNO.ENOENT;
  };
}

export const MAP_HELPERS = {
  map_lookup_elem: (vm, [reference, key]) => {
    const map = vm.mapAt(reference);
    return lookup(map, keyOf(vm, map, key), vm.environment.cpu);
  },
  map_lookup_percpu_elem: (vm, [reference, key, cpu]) => {
    const map = vm.mapAt(reference);
    return lookup(map, keyOf(vm, map, key), Number(BigInt.asUintN(32, cpu)));
  },
  map_update_elem: (vm, [reference, key, value, flags]) => {
    const map = vm.mapAt(reference);
    const content = vm.memory.readForHelper(value, map.spec.valueSize);
    return map.update(keyOf(vm, map, key), content, flags, vm.environment.cpu);
  },
  map_delete_elem: (vm, [reference, key]) => {
    const map = vm.mapAt(reference);
    return map.delete(keyOf(vm, map, key));
  },
  map_push_elem: (vm, [reference, value, flags]) => {
    const map = vm.mapAt(reference);
    return map.push(vm.memory.readForHelper(value, map.spec.valueSize), flags);
  },
  map_pop_elem: takeValue(true),
  map_peek_elem: takeValue(false),
  for_each_map_elem: (vm, [reference, callback, context, flags]) => {
    if (flags !== 0n) return ERRNO.EINVAL;
    const map = vm.mapAt(reference);
    let visited = 0n;
    for (const key of map.keys()) {
      const value = map.lookup(key, vm.environment.cpu);
      if (!value) continue;
      const keyRegion = vm.memory.allocate("mapKey", `key of map ${map.spec.name}`, key, { writable: false });
      visited++;
      const stop = vm.callBack(callback, [reference, keyRegion.base, value.base, context]);
      vm.memory.release(keyRegion);
      if (stop !== 0n) break;
    }
    return visited;
  },
  task_storage_get: storageGet,
  task_storage_delete: storageDelete,
  cgrp_storage_get: storageGet,
  cgrp_storage_delete: storageDelete,
  spin_lock: (vm, [lock]) => {
    vm.memory.forProgram(lock, 4, "write");
    if (vm.run.heldLock !== undefined) throw new VmFault(`lock at ${hex(lock)} taken while one is held`);
    vm.run.heldLock = lock;
    return 0n;
  },
  spin_unlock: (vm, [lock]) => {
    if (vm.run.heldLock !== lock) throw new VmFault(`unlock of ${hex(lock)}, which is not held`);
    vm.run.heldLock = undefined;
    return 0n;
  },
} as const satisfies Record<string, HelperBody>;
