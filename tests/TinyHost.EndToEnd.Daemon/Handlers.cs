// Owns: handlers that read and write content in various ways.

using System.Diagnostics.Metrics;
using System.Globalization;
using System.Security.Cryptography;
using TinyHost.Metrics;

namespace TinyHost.EndToEnd.Daemon;

internal static class Handlers
{
    private const int PieceSize = 16_384;

    private static readonly byte[] s_shared = new byte[1 << 20];

    /// <summary>Sends the content back as it arrives, one piece at a time.</summary>
    public static async Task EchoAsync(RequestContext context)
    {
        var piece = new byte[PieceSize];
        context.Response.ContentLength = context.Request.Body.Length;
        int length;
        while ((length = await context.Request.Body.ReadAsync(piece)) > 0)
        {
            await context.Response.WriteAsync(piece.AsMemory(0, length));
            await context.Response.FlushAsync();
        }
    }

    /// <summary>Writes a batch to the path in the content.</summary>
    public static async Task WriteBatchAsync(RequestContext context)
    {
        using var meter = new Meter("Batch");
        using var metrics = new BatchMetrics(new MetricsOptions { ApplicationMeters = false, Meters = { meter.Name } });
        meter.CreateCounter<int>("batch.written").Add(1);
        using var path = new StreamReader(context.Request.Body.AsStream());
        await metrics.WriteFileAsync(await path.ReadToEndAsync());
    }

    /// <summary>Reads the content and responds with its length.</summary>
    public static async Task LengthAsync(RequestContext context)
    {
        var piece = new byte[PieceSize];
        long total = 0;
        int length;
        while ((length = await context.Request.Body.ReadAsync(piece)) > 0)
        {
            total += length;
        }

        await context.Response.WriteTextAsync(total.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Reads the content and computes on each piece for longer than a peer takes to send the next.</summary>
    public static async Task HashAsync(RequestContext context)
    {
        var piece = new byte[PieceSize];
        int length;
        while ((length = await context.Request.Body.ReadAsync(piece)) > 0)
        {
            for (var i = 0; i < 64; i++)
            {
                SHA256.HashData(piece.AsSpan(0, length), piece);
            }
        }
    }

    /// <summary>Sends as many zero bytes as the path says.</summary>
    public static async Task ZerosAsync(RequestContext context)
    {
        var left = long.Parse(context.Request.RouteValues["length"], CultureInfo.InvariantCulture);
        var piece = new byte[PieceSize];
        context.Response.ContentLength = left;
        while (left > 0)
        {
            var length = (int)Math.Min(left, piece.Length);
            await context.Response.WriteAsync(piece.AsMemory(0, length));
            left -= length;
        }
    }

    /// <summary>Sends 1 MiB from an array shared by all requests.</summary>
    public static async Task SharedAsync(RequestContext context) => await context.Response.WriteAsync(s_shared);

    /// <summary>Collects all garbage, returns the memory to the system, and responds with the size of the heap in bytes.</summary>
    public static Task CollectAsync(RequestContext context)
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return context.Response.WriteTextAsync(GC.GetTotalMemory(forceFullCollection: true).ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Responds with an environment variable as child processes would inherit it; with empty content if it is not set.</summary>
    public static Task EnvironmentAsync(RequestContext context) =>
        context.Response.WriteTextAsync(Environment.GetEnvironmentVariable(context.Request.RouteValues["name"]) ?? "");

    /// <summary>Responds with the last segment of the path.</summary>
    public static Task IdAsync(RequestContext context) => context.Response.WriteTextAsync(context.Request.RouteValues["id"]);
}
