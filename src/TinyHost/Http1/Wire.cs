// Owns: what serves a connection from its first request to its last, and what each request's objects work on.
// Does not own: who may use it now (ConnectionState).

using System.Buffers;
using Microsoft.Extensions.Logging;

namespace TinyHost;

internal sealed record Wire(
    ConnectionState State,
    Transport Transport,
    ReceiveBuffer Received,
    SendBuffer Send,
    RequestHead Head,
    ContentReader Content,
    ResponseWriter Response,
    StringCache Strings,
    ArrayPool<byte> Pool,
    ILogger Logger,
    CancellationToken Stopping)
{
    private WholeContent? _wholeContent;

    /// <summary>Made when a handler first asks for all of a request's content: most connections never bring any.</summary>
    internal WholeContent WholeContent => _wholeContent ??= new WholeContent(Content, Pool);

    /// <summary>The request is over: the memory of its content is used again.</summary>
    internal void ClearContent() => _wholeContent?.Clear();

    /// <summary>Between requests nothing is held, the texts of the last response included.</summary>
    internal void Release()
    {
        Received.Release();
        Send.Release();
        Response.Release();
        Head.Release();
        Content.ReleaseBuffers();
        _wholeContent?.Release();
    }
}
