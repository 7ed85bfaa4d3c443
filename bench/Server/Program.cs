// Owns: the choice between the two ways TinyHost is run in the benchmarks.
// Does not own: either of them. Each is a method of its own: one that is not taken is not compiled and loads nothing.

using TinyHost.Bench.Server;
using TinyHost.Bench.Shared;

var arguments = new ServerArguments(args);
await (arguments.Has("--generic-host") ? HostedServer.RunAsync(arguments) : BareServer.RunAsync(arguments));
