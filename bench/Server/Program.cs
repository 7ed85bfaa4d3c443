// Owns: the choice between bare server and Generic Host. Each is a separate method, so that the unused one is neither compiled nor loaded.

using TinyHost.Bench.Server;
using TinyHost.Bench.Shared;

var arguments = new ServerArguments(args);
await (arguments.Has("--generic-host") ? HostedServer.RunAsync(arguments) : BareServer.RunAsync(arguments));
