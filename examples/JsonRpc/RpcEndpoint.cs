// Owns: JSON-RPC over HTTP: the message is the request's content, the reply the response's.
// Does not own: the calls (RpcDispatcher) or the routing (Program).

using TinyHost;

namespace JsonRpc;

/// <summary>
/// Answers <c>POST /rpc</c>. A JSON-RPC error is a reply like any other, so its status code is 200; only HTTP's own refusals have others.
/// </summary>
internal sealed class RpcEndpoint(RpcDispatcher dispatcher, RpcSettings settings)
{
    public async Task HandleAsync(RequestContext context)
    {
        var message = await context.Request.Body.ReadAllAsync(settings.MaxMessageSize);
        if (message.Span.StartsWith("\uFEFF"u8))
        {
            // RFC 8259 §8.1: a byte order mark may be ignored.
            message = message[3..];
        }

        if (await dispatcher.DispatchAsync(message, context.Response, context.Aborted))
        {
            context.Response.ContentType = "application/json";
        }
        else
        {
            context.Response.StatusCode = settings.NoContentStatus;
        }
    }
}
