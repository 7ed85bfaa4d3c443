// Owns: what serves a connection from its first request to its last, and what each request's objects work on.
// Does not own: who may use it now (ConnectionState).

using Microsoft.Extensions.Logging;

namespace TinyHost;

internal sealed record Wire(
    ConnectionState State,
    Transport Transport,
    ReceiveBuffer Received,
    SendBuffer Send,
    RequestHead Head,
    ContentReader Content,
    WholeContent WholeContent,
    ResponseWriter Response,
    StringCache Strings,
    ILogger Logger,
    CancellationToken Stopping);
