// Owns: the handlers of the benchmarks for HttpListener.

using System.Net;
using System.Text.Json;
using TinyHost.Bench.Shared;

namespace TinyHost.Bench.Peers.InBox;

internal static class Handlers
{
    public static Task HandleAsync(HttpListenerContext context) => context.Request.Url!.AbsolutePath switch
    {
        "/" => WriteAsync(context.Response, Content.TextType, Content.Text),
        "/json" => JsonAsync(context),
        _ => NotFoundAsync(context.Response),
    };

    private static async Task JsonAsync(HttpListenerContext context)
    {
        var order = await JsonSerializer.DeserializeAsync(context.Request.InputStream, OrderJson.Default.Order);
        var receipt = new Receipt(order!.Customer, order.Quantity * order.Price);
        await WriteAsync(context.Response, Content.JsonType, JsonSerializer.SerializeToUtf8Bytes(receipt, OrderJson.Default.Receipt));
    }

    private static async Task WriteAsync(HttpListenerResponse response, string type, byte[] content)
    {
        response.ContentType = type;
        response.ContentLength64 = content.Length;
        await response.OutputStream.WriteAsync(content);
        response.Close();
    }

    private static Task NotFoundAsync(HttpListenerResponse response)
    {
        response.StatusCode = (int)HttpStatusCode.NotFound;
        response.Close();
        return Task.CompletedTask;
    }
}
