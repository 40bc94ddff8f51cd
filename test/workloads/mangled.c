/*
 * mangled: functions with the names that compilers of C++ and Rust give theirs, each called once with a number:
 *   shape::area(int) 1, shape::area(int, int) 2, shape::edge(int) 3, and of Rust, in its two ways, demo::shape::area 4 and 5
 */
volatile int sink;

int area(int value) __asm__("_ZN5shape4areaEi");
int area_of_two(int value, int other) __asm__("_ZN5shape4areaEii");
int edge(int value) __asm__("_ZN5shape4edgeEi");
int rust_area(int value) __asm__("_ZN4demo5shape4area17h0123456789abcdefE");
int rust_area_v0(int value) __asm__("_RNvNtCs1234_4demo5shape4area");

int area(int value) { return value + 1; }
int area_of_two(int value, int other) { return value + other; }
int edge(int value) { return value + 3; }
int rust_area(int value) { return value + 4; }
int rust_area_v0(int value) { return value + 5; }

int main(void)
{
	sink += area(1);
	sink += area_of_two(2, 0);
	sink += edge(3);
	sink += rust_area(4);
	sink += rust_area_v0(5);
	return 0;
}
