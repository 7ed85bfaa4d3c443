// Owns: the names of the server's own checks.

namespace TinyHost;

internal static class ServerCheckNames
{
    internal const string Heartbeat = "server.heartbeat";
    internal const string AcceptLoop = "server.accept_loop";
    internal const string Chain = "server.chain";
}
