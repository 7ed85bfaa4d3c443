// Owns: the handlers of the benchmarks, written as a user of TinyHost would.

using System.Buffers;
using System.Globalization;
using TinyHost.Bench.Shared;

namespace TinyHost.Bench.Server;

internal static class Handlers
{
    public static Task TextAsync(RequestContext context)
    {
        context.Response.ContentType = Content.TextType;
        context.Response.Write(Content.Text);
        return Task.CompletedTask;
    }

    /// <summary>Responds with the value of the route's parameter.</summary>
    public static Task RouteValueAsync(RequestContext context) => context.Response.WriteTextAsync(context.Request.RouteValues["id"]);

    public static async Task MebibyteAsync(RequestContext context)
    {
        context.Response.ContentType = Content.BinaryType;
        context.Response.ContentLength = Content.Mebibyte.Length;
        await context.Response.WriteAsync(Content.Mebibyte);
    }

    /// <summary>Reads the content in pieces and responds with its length.</summary>
    public static async Task UploadAsync(RequestContext context)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(65_536);
        long total = 0;
        int read;
        while ((read = await context.Request.Body.ReadAsync(buffer)) > 0)
        {
            total += read;
        }

        ArrayPool<byte>.Shared.Return(buffer);
        await context.Response.WriteTextAsync(total.ToString(CultureInfo.InvariantCulture));
    }

    public static async Task JsonAsync(RequestContext context)
    {
        var order = await context.Request.ReadJsonAsync(OrderJson.Default.Order);
        await context.Response.WriteJsonAsync(new Receipt(order!.Customer, order.Quantity * order.Price), OrderJson.Default.Receipt);
    }

    /// <summary>Responds with the bytes allocated since the process started.</summary>
    public static Task AllocatedAsync(RequestContext context) =>
        context.Response.WriteTextAsync(GC.GetTotalAllocatedBytes(precise: true).ToString(CultureInfo.InvariantCulture));
}
