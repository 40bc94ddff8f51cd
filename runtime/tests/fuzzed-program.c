/* What the loader's tests break: a program with inlined functions and all kinds of debug information. */
#include <stdio.h>
#include <string.h>

struct point {
	int x, y;
	const char *name;
};

static inline int squared(int x)
{
	return x * x;
}

static inline int far(const struct point *point)
{
	return squared(point->x) + squared(point->y);
}

__attribute__((noinline)) int measured(const struct point *point)
{
	return far(point) + (int)strlen(point->name);
}

__attribute__((noinline)) static int hidden(int count)
{
	struct point point = { count, 2 * count, "point" };

	return measured(&point);
}

int main(int argc, char **argv)
{
	printf("%d %s\n", hidden(argc), argv[0]);
	return 0;
}
