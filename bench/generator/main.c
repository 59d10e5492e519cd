// generator sends|connects|reads --port … : load for the server on this machine, and one line of JSON about it.
#include <string.h>

#include "basics.h"
#include "loop.h"
#include "scenarios.h"

int main(int count, char **words) {
    if (count < 2) fail("say what to do: sends, connects or reads");
    Options options = parse_options(count - 2, words + 2);
    loop_open(options.port);
    if (!strcmp(words[1], "sends")) run_sends(&options);
    else if (!strcmp(words[1], "connects")) run_connects(&options);
    else if (!strcmp(words[1], "reads")) run_reads(&options);
    else fail("sends, connects or reads, not %s", words[1]);
    return 0;
}
