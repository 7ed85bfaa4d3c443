// Owns: the handlers of the benchmarks, as a user of TinyHost would write them.
// Does not own: JSON-RPC, which is the example's.

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

    public static async Task MebibyteAsync(RequestContext context)
    {
        context.Response.ContentType = Content.BinaryType;
        context.Response.ContentLength = Content.Mebibyte.Length;
        await context.Response.WriteAsync(Content.Mebibyte);
    }

    /// <summary>Reads the content piece by piece and answers with its length.</summary>
    public static async Task UploadAsync(RequestContext context)
    {
        var piece = ArrayPool<byte>.Shared.Rent(65_536);
        long total = 0;
        int read;
        while ((read = await context.Request.Body.ReadAsync(piece)) > 0)
        {
            total += read;
        }

        ArrayPool<byte>.Shared.Return(piece);
        await context.Response.WriteTextAsync(total.ToString(CultureInfo.InvariantCulture));
    }

    public static async Task JsonAsync(RequestContext context)
    {
        var order = await context.Request.ReadJsonAsync(OrderJson.Default.Order);
        await context.Response.WriteJsonAsync(new Receipt(order!.Customer, order.Quantity * order.Price), OrderJson.Default.Receipt);
    }

    /// <summary>How many octets the process has allocated since it began.</summary>
    public static Task AllocatedAsync(RequestContext context) =>
        context.Response.WriteTextAsync(GC.GetTotalAllocatedBytes(precise: true).ToString(CultureInfo.InvariantCulture));
}
