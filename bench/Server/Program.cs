// Owns: the choice between bare server, Generic Host and the daemon as people write it. Each is a separate method, so that the unused ones
// are neither compiled nor loaded.

using TinyHost.Bench.Server;
using TinyHost.Bench.Shared;

var arguments = new ServerArguments(args);
await (arguments.Has("--daemon") ? DaemonServer.RunAsync(arguments)
    : arguments.Has("--generic-host") ? HostedServer.RunAsync(arguments)
    : BareServer.RunAsync(arguments));
