/* Diagnostic codes of the loader; declared with all others in src/diag/codes.ts. */
#ifndef TSBT_CODES_H
#define TSBT_CODES_H

#define CODE_PRIVILEGE "TB6101"   /* not root, or capabilities missing */
#define CODE_OBJECT "TB6102"      /* object cut short, forged, or not one of ours */
#define CODE_SCHEMA "TB6103"      /* object of a newer tsbt */
#define CODE_OUTPUT "TB6104"      /* output file cannot be written */
#define CODE_PROCESS "TB6105"     /* -p: no such process */
#define CODE_COMMAND "TB6106"     /* -c: cannot be run */
#define CODE_ATTACH "TB6107"      /* probe cannot be attached */
#define CODE_KERNEL "TB6108"      /* the kernel refuses a map or program for want of support or memory */
#define CODE_COMPILER "TB6109"    /* the compiler cannot be started */
#define CODE_RUN "TB6110"         /* something failed while tracing */
#define CODE_UNSAFE "TB6111"      /* system() without --unsafe */
#define CODE_USAGE "TB6112"       /* options of the loader alone */
#define CODE_MEMORY "TB6113"      /* out of memory */
#define CODE_KFUNC "TB6114"       /* the verifier refuses how a kernel function is called */
#define CODE_FIELD "TB6115"       /* CO-RE: no such field or type in this kernel */
#define CODE_COMPLEX "TB6116"     /* the verifier gives up: too many instructions to look through */
#define CODE_HELPER "TB6117"      /* the verifier: programs of this type may not call the helper */
#define CODE_VERIFIER "TB9004"    /* the verifier refuses a program: our bug */

#endif
