#include "unwind-rows.h"

#include <dlfcn.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "libdw.h"
#include "text.h"

#define LIBDW_FUNCTIONS(each)                                                                                          \
	each(dwarf_getcfi_elf) each(dwarf_cfi_end) each(dwarf_cfi_addrframe) each(dwarf_frame_info)                    \
	each(dwarf_frame_cfa) each(dwarf_frame_register)

static struct {
	bool tried, loaded;
#define POINTER(name) __typeof__(&name) name;
	LIBDW_FUNCTIONS(POINTER)
} dw;

/* Registers by their DWARF numbers (System V ABI, AMD64 supplement, figure 3.36). */
enum { REGISTER_FP = 6, REGISTER_SP = 7, REGISTER_RETURN = 16 };

/* Where the table of functions in .eh_frame_hdr has its entries: two numbers of four bytes from the section's start. */
#define ENTRY_ENCODING (DW_EH_PE_datarel | DW_EH_PE_sdata4)
#define ENTRY_SIZE 8

struct rows {
	Elf *elf;
	struct unwind_row *list;
	size_t count, room;
};

bool unwind_rows_supported(void)
{
	void *library = libdw_open();

	if (dw.tried)
		return dw.loaded;
	dw.tried = true;
	dw.loaded = library;
#define RESOLVE(name)                                                                                                  \
	if (dw.loaded) {                                                                                               \
		*(void **)&dw.name = dlsym(library, #name);                                                            \
		dw.loaded = dw.name;                                                                                   \
	}
	LIBDW_FUNCTIONS(RESOLVE)
	return dw.loaded;
}

static bool file_offset(Elf *elf, uint64_t address, uint64_t *offset)
{
	size_t count;
	GElf_Phdr header;

	if (elf_getphdrnum(elf, &count))
		return false;
	for (size_t i = 0; i < count; i++)
		if (gelf_getphdr(elf, (int)i, &header) && header.p_type == PT_LOAD && address >= header.p_vaddr &&
		    address - header.p_vaddr < header.p_filesz) {
			*offset = address - header.p_vaddr + header.p_offset;
			return true;
		}
	return false;
}

static bool same_rule(const struct unwind_row *a, const struct unwind_row *b)
{
	return a->cfa == b->cfa && a->fp == b->fp && a->rule == b->rule && a->keeping == b->keeping;
}

static void add_row(struct rows *rows, uint64_t address, struct unwind_row row)
{
	struct unwind_row *last = rows->count ? &rows->list[rows->count - 1] : NULL;

	if (!file_offset(rows->elf, address, &row.offset) || (last && row.offset < last->offset))
		return;
	if (last && last->offset == row.offset) {
		*last = row;
		return;
	}
	if (last && same_rule(last, &row))
		return;
	if (rows->count == rows->room) {
		rows->room = rows->room ? rows->room * 2 : 1024;
		rows->list = reallocate(rows->list, rows->room * sizeof(*rows->list));
	}
	rows->list[rows->count++] = row;
}

/* A place that is a register and a distance. */
static bool is_register(const Dwarf_Op *op, unsigned *name, int64_t *distance)
{
	if (op->atom == DW_OP_bregx) {
		*name = (unsigned)op->number;
		*distance = (int64_t)op->number2;
		return true;
	}
	if (op->atom < DW_OP_breg0 || op->atom > DW_OP_breg31)
		return false;
	*name = op->atom - DW_OP_breg0;
	*distance = (int64_t)op->number;
	return true;
}

/* Linkers describe all stubs of a table at once: 8 (if the byte in the stub, ip & 15, is at least N: 16) above sp. */
static bool is_stub(const Dwarf_Op *ops, size_t count, int32_t *from)
{
	static const uint8_t rest[] = { DW_OP_ge, DW_OP_lit3, DW_OP_shl, DW_OP_plus };
	unsigned name;
	int64_t distance;

	if (count != 9 || !is_register(&ops[0], &name, &distance) || name != REGISTER_SP || distance != 8 ||
	    !is_register(&ops[1], &name, &distance) || name != REGISTER_RETURN || distance || ops[2].atom != DW_OP_lit15 ||
	    ops[3].atom != DW_OP_and || ops[4].atom < DW_OP_lit0 || ops[4].atom > DW_OP_lit31)
		return false;
	for (size_t i = 0; i < sizeof(rest); i++)
		if (ops[5 + i].atom != rest[i])
			return false;
	*from = ops[4].atom - DW_OP_lit0;
	return true;
}

static bool read_frame_address(Dwarf_Frame *frame, struct unwind_row *row)
{
	Dwarf_Op *ops;
	size_t count;
	unsigned name;
	int64_t distance;

	if (dw.dwarf_frame_cfa(frame, &ops, &count) || !count)
		return false;
	row->rule = UNWIND_KNOWN;
	if (is_stub(ops, count, &row->cfa)) {
		row->rule |= UNWIND_STUB;
		return true;
	}
	if (!is_register(&ops[0], &name, &distance) || (name != REGISTER_SP && name != REGISTER_FP) ||
	    distance != (int32_t)distance)
		return false;
	row->cfa = (int32_t)distance;
	if (name == REGISTER_FP)
		row->rule |= UNWIND_BY_FP;
	if (count == 2 && ops[1].atom == DW_OP_deref)
		row->rule |= UNWIND_POINTER;
	else if (count != 1)
		return false;
	return true;
}

/*
 * Where a register is saved: libdw begins what is saved at a distance from the frame address, and each expression, with
 * DW_OP_call_frame_cfa.
 */
enum saved { SAVED_NOT, SAVED_UNDEFINED, SAVED_BY_CFA, SAVED_BY_SP, SAVED_OTHERWISE };

static enum saved where_saved(Dwarf_Frame *frame, int reg, int64_t *distance)
{
	Dwarf_Op memory[3], *ops;
	size_t count;
	unsigned name;

	*distance = 0;
	if (dw.dwarf_frame_register(frame, reg, memory, &ops, &count))
		return SAVED_OTHERWISE;
	if (!count)
		return ops ? SAVED_UNDEFINED : SAVED_NOT;
	if (ops[0].atom != DW_OP_call_frame_cfa || count > 2)
		return SAVED_OTHERWISE;
	if (count == 1)
		return SAVED_BY_CFA;
	if (ops[1].atom == DW_OP_plus_uconst) {
		*distance = (int64_t)ops[1].number;
		return SAVED_BY_CFA;
	}
	return is_register(&ops[1], &name, distance) && name == REGISTER_SP ? SAVED_BY_SP : SAVED_OTHERWISE;
}

/* False: a frame that cannot be left in the ways of `enum unwind_rule`. */
static bool read_rule(Dwarf_Frame *frame, struct unwind_row *row)
{
	int64_t distance, fp;
	enum saved saved;
	bool is_signal;

	if (!read_frame_address(frame, row))
		return false;
	saved = where_saved(frame, REGISTER_RETURN, &distance);
	is_signal = saved == SAVED_BY_SP && (row->rule & UNWIND_POINTER) && distance == (int64_t)row->cfa + 8;
	if (is_signal)
		row->rule |= UNWIND_SIGNAL;
	else if (saved != SAVED_BY_CFA || distance != -8)
		return false;
	saved = where_saved(frame, REGISTER_FP, &fp);
	if (saved == SAVED_NOT) {
		row->keeping = UNWIND_SAME;
	} else if (fp == (int16_t)fp && saved == (is_signal ? SAVED_BY_SP : SAVED_BY_CFA)) {
		row->keeping = UNWIND_SAVED;
		row->fp = (int16_t)fp;
	} else {
		row->keeping = UNWIND_LOST;
	}
	return true;
}

/* All rows of the function that begins at `start`; ends where its description does. */
static void add_function(struct rows *rows, Dwarf_CFI *cfi, uint64_t start, uint64_t limit)
{
	uint64_t address = start;

	while (address < limit) {
		struct unwind_row row = { 0 };
		Dwarf_Addr from = 0, to = 0;
		Dwarf_Frame *frame;
		bool is_signal;

		if (dw.dwarf_cfi_addrframe(cfi, address, &frame)) {
			/* What follows is described nowhere. */
			add_row(rows, address, row);
			return;
		}
		dw.dwarf_frame_info(frame, &from, &to, &is_signal);
		if (!read_rule(frame, &row))
			row = (struct unwind_row){ .rule = UNWIND_KNOWN | UNWIND_END };
		free(frame);
		add_row(rows, address, row);
		if (to <= address)
			return;
		address = to;
	}
}

static size_t encoded_size(uint8_t encoding)
{
	switch (encoding & 0x0f) {
	case DW_EH_PE_udata2:
	case DW_EH_PE_sdata2:
		return 2;
	case DW_EH_PE_udata4:
	case DW_EH_PE_sdata4:
		return 4;
	case DW_EH_PE_absptr:
	case DW_EH_PE_udata8:
	case DW_EH_PE_sdata8:
		return 8;
	default:
		return 0;
	}
}

/* The section whose table lists functions by their addresses. */
static bool find_header(Elf *elf, GElf_Phdr *header)
{
	size_t count;

	if (elf_getphdrnum(elf, &count))
		return false;
	for (size_t i = 0; i < count; i++)
		if (gelf_getphdr(elf, (int)i, header) && header->p_type == PT_GNU_EH_FRAME)
			return true;
	return false;
}

/* Bytes of the sorted table, and how many entries it has; NULL if it is not as linkers make it. */
static const uint8_t *find_functions(Elf *elf, const GElf_Phdr *header, size_t *count)
{
	size_t size = 0, pointer, number;
	const uint8_t *file = (const uint8_t *)elf_rawfile(elf, &size), *at;
	uint64_t entries = 0;

	if (!file || header->p_offset > size || header->p_filesz > size - header->p_offset || header->p_filesz < 4)
		return NULL;
	at = file + header->p_offset;
	pointer = encoded_size(at[1]);
	number = encoded_size(at[2]);
	if (at[0] != 1 || !pointer || !number || at[3] != ENTRY_ENCODING || header->p_filesz < 4 + pointer + number)
		return NULL;
	memcpy(&entries, at + 4 + pointer, number);
	at += 4 + pointer + number;
	*count = (header->p_filesz - 4 - pointer - number) / ENTRY_SIZE;
	*count = entries < *count ? (size_t)entries : *count;
	return at;
}

static uint64_t function_address(const uint8_t *functions, size_t index, const GElf_Phdr *header)
{
	int32_t distance;

	memcpy(&distance, functions + index * ENTRY_SIZE, sizeof(distance));
	return header->p_vaddr + (uint64_t)(int64_t)distance;
}

size_t unwind_rows_read(Elf *elf, struct unwind_row **list)
{
	struct rows rows = { .elf = elf };
	const uint8_t *functions;
	GElf_Phdr header;
	Dwarf_CFI *cfi;
	GElf_Ehdr head;
	size_t count;

	*list = NULL;
	if (!unwind_rows_supported() || !gelf_getehdr(elf, &head) || head.e_machine != EM_X86_64 ||
	    gelf_getclass(elf) != ELFCLASS64 || !find_header(elf, &header))
		return 0;
	functions = find_functions(elf, &header, &count);
	cfi = functions ? dw.dwarf_getcfi_elf(elf) : NULL;
	if (!cfi)
		return 0;
	for (size_t i = 0; i < count; i++) {
		uint64_t start = function_address(functions, i, &header);
		uint64_t next = i + 1 < count ? function_address(functions, i + 1, &header) : UINT64_MAX;

		add_function(&rows, cfi, start, next);
	}
	dw.dwarf_cfi_end(cfi);
	*list = rows.list;
	return rows.count;
}
