/* User programs: uprobe, usdt, watchpoint. */
#include "attach.h"

int attach_uprobe(struct loader *loader, const struct manifest_attach *attach, int program_fd)
{
	return attach_by_pmu(loader, attach, program_fd, true);
}
