// The time that is measured, cut into phases that come round again and again, such as quiet and storm. The end of each is
// a line on stdout with the times of its messages; the result has those of all rounds.
#pragma once

#include <stdint.h>

// The lengths, `10,15,35` seconds, from `begin` on; NULL: there are none.
void phases_open(const char *lengths, uint64_t begin);

// Which phase it is at this moment, after the line for the one that has ended.
uint32_t phases_at(uint64_t now);

// A message that was sent in this phase took so long.
void phases_add(uint32_t phase, uint64_t ns);

// The line for the last phase, and the end of all.
void phases_close(void);

// Prints `, "phases": [{"screen_us": {…}}, …]`; nothing when there are none.
void phases_print(void);
