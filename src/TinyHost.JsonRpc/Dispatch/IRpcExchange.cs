// Owns: what a message has of its own on a transport whose HTTP request brings many messages.

namespace TinyHost.JsonRpc;

internal interface IRpcExchange
{
    /// <summary>The connection that brought the message.</summary>
    JsonRpcConnection Connection { get; }

    /// <summary>The services of the message's scope.</summary>
    IServiceProvider Services { get; }
}
