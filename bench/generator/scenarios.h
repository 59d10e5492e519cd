// What the generator can do, one function a scenario; each returns when its result is printed.
#pragma once

#include "basics.h"

// Persisted sends, and when they are on the receivers' screens.
void run_sends(const Options *options);
// Opens idle sockets, and holds them until our standard input ends.
void run_connects(const Options *options);
// Reads, one after the other on some connections.
void run_reads(const Options *options);
