// Owns: JSON-RPC over HTTP: the request's content is the message, the response's content is the reply.

using TinyHost;

namespace JsonRpc;

/// <summary>
/// Answers <c>POST /rpc</c>. A JSON-RPC error is an ordinary reply with status 200; other statuses report HTTP errors.
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
