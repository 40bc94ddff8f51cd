/* bpfcount: prints how many BPF programs, links and maps the kernel holds: "programs N links N maps N". */
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int count(int command)
{
  union bpf_attr attr;
  int found = 0;
  memset(&attr, 0, sizeof(attr));
  while (syscall(SYS_bpf, command, &attr, sizeof(attr)) == 0) {
    found++;
    attr.start_id = attr.next_id;
  }
  return errno == ENOENT ? found : -1;
}

int main(void)
{
  int programs = count(BPF_PROG_GET_NEXT_ID);
  int links = count(BPF_LINK_GET_NEXT_ID);
  int maps = count(BPF_MAP_GET_NEXT_ID);
  printf("programs %d links %d maps %d\n", programs, links, maps);
  return programs < 0 || links < 0 || maps < 0;
}
