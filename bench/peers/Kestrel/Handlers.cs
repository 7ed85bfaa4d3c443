// Owns: the handlers of the benchmarks, written as a performance-minded Kestrel user would.

using System.Globalization;
using Microsoft.AspNetCore.Http;
using TinyHost.Bench.Shared;

namespace TinyHost.Bench.Peers.Kestrel;

internal static class Handlers
{
    public static Task TextAsync(HttpContext context)
    {
        context.Response.ContentType = Content.TextType;
        context.Response.ContentLength = Content.Text.Length;
        return context.Response.Body.WriteAsync(Content.Text, 0, Content.Text.Length);
    }

    /// <summary>Responds with the value of the route's parameter.</summary>
    public static Task RouteValueAsync(HttpContext context)
    {
        var value = (string)context.Request.RouteValues["id"]!;
        context.Response.ContentType = Content.TextType;
        context.Response.ContentLength = value.Length;
        return context.Response.WriteAsync(value);
    }

    public static Task MebibyteAsync(HttpContext context)
    {
        context.Response.ContentType = Content.BinaryType;
        context.Response.ContentLength = Content.Mebibyte.Length;
        return context.Response.Body.WriteAsync(Content.Mebibyte, 0, Content.Mebibyte.Length);
    }

    /// <summary>Reads the content in pieces, in Kestrel's own buffers, and responds with its length.</summary>
    public static async Task UploadAsync(HttpContext context)
    {
        var reader = context.Request.BodyReader;
        long total = 0;
        bool isCompleted;
        do
        {
            var read = await reader.ReadAsync();
            total += read.Buffer.Length;
            reader.AdvanceTo(read.Buffer.End);
            isCompleted = read.IsCompleted;
        }
        while (!isCompleted);

        await WriteNumberAsync(context, total);
    }

    public static async Task JsonAsync(HttpContext context)
    {
        var order = await context.Request.ReadFromJsonAsync(OrderJson.Default.Order);
        await context.Response.WriteAsJsonAsync(new Receipt(order!.Customer, order.Quantity * order.Price), OrderJson.Default.Receipt);
    }

    /// <summary>Responds with the bytes allocated since the process started.</summary>
    public static Task AllocatedAsync(HttpContext context) => WriteNumberAsync(context, GC.GetTotalAllocatedBytes(precise: true));

    public static Task NotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = 404;
        return Task.CompletedTask;
    }

    private static Task WriteNumberAsync(HttpContext context, long number)
    {
        var text = number.ToString(CultureInfo.InvariantCulture);
        context.Response.ContentType = Content.TextType;
        context.Response.ContentLength = text.Length;
        return context.Response.WriteAsync(text);
    }
}
