/* Calls each of its functions once: arguments where x86-64 and arm64 put them, in every way that C has. */
#include <stdint.h>

struct two_words {
	int64_t first;
	int32_t second;
	char third[4];
};
struct three_words {
	int64_t numbers[3];
};
struct half_float {
	int64_t whole;
	double part;
};
struct __attribute__((packed)) unaligned {
	char first;
	int64_t second;
};
struct bytes {
	unsigned char all[8];
};

volatile long sink;

long in_two_registers(int before, struct two_words pair, int after)
{
	return before + pair.first + pair.second + pair.third[0] + after;
}

/* Five registers are taken: the struct does not fit into the last one, what comes behind it does. */
long no_room_for_two(long a, long b, long c, long d, long e, struct two_words pair, short last)
{
	return a + b + c + d + e + pair.first + pair.second + last;
}

long in_memory(struct three_words large, char behind)
{
	return large.numbers[0] + large.numbers[2] + behind;
}

long many(long a, long b, long c, long d, long e, long f, long g, long h, short i, signed char j)
{
	return a + b + c + d + e + f + g + h + i + j;
}

long floating(int first, double skipped, struct half_float half, float alone, long last)
{
	return first + (long)skipped + half.whole + (long)half.part + (long)alone + last;
}

long packed(struct unaligned value, struct bytes bytes)
{
	return value.first + value.second + bytes.all[0];
}

struct three_words result_in_memory(long a, struct two_words pair)
{
	return (struct three_words){ { a, pair.first, pair.second } };
}

int main(void)
{
	struct two_words pair = { 1234567890123, -7, "abc" };
	struct three_words large = { { 11, 22, 33 } };
	struct half_float half = { 5, 2.5 };
	struct unaligned unaligned = { 'x', -9 };
	struct bytes bytes = { { 1, 2, 3, 4, 5, 6, 7, 8 } };

	sink += in_two_registers(1, pair, 3);
	sink += no_room_for_two(1, 2, 3, 4, 5, pair, -6);
	sink += in_memory(large, 'c');
	sink += many(1, 2, 3, 4, 5, 6, 7, -8, -9, -10);
	sink += floating(1, 2.0, half, 4.0f, 6);
	sink += packed(unaligned, bytes);
	sink += result_in_memory(42, pair).numbers[0];
	return 0;
}
