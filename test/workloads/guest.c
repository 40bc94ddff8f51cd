/* A virtual machine without devices, through /dev/kvm: its program writes to an I/O port 100 times, and halts. */
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

/* mov cx,100; out 0x10,al; loop back; hlt */
static const unsigned char program[] = { 0xb9, 100, 0, 0xe6, 0x10, 0xe2, 0xfc, 0xf4 };
enum { start = 0x1000 };

static int checked(int result, const char *what)
{
	if (result < 0) {
		perror(what);
		exit(1);
	}
	return result;
}

int main(void)
{
	int kvm = checked(open("/dev/kvm", O_RDWR), "/dev/kvm");
	int vm = checked(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct kvm_userspace_memory_region region = {
		.guest_phys_addr = start, .memory_size = 4096, .userspace_addr = (unsigned long)memory
	};
	struct kvm_sregs segments;
	struct kvm_regs registers = { .rip = start, .rflags = 2 };
	struct kvm_run *run;
	int cpu, size;

	memcpy(memory, program, sizeof(program));
	checked(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region), "KVM_SET_USER_MEMORY_REGION");
	cpu = checked(ioctl(vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
	size = checked(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE");
	run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, cpu, 0);
	checked(ioctl(cpu, KVM_GET_SREGS, &segments), "KVM_GET_SREGS");
	segments.cs.base = 0;
	segments.cs.selector = 0;
	checked(ioctl(cpu, KVM_SET_SREGS, &segments), "KVM_SET_SREGS");
	checked(ioctl(cpu, KVM_SET_REGS, &registers), "KVM_SET_REGS");
	do
		checked(ioctl(cpu, KVM_RUN, 0), "KVM_RUN");
	while (run->exit_reason == KVM_EXIT_IO);
	return run->exit_reason == KVM_EXIT_HLT ? 0 : 2;
}
