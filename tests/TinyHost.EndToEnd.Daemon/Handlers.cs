// Owns: handlers that move content in various ways.
// Does not own: their routes (Program).

using System.Globalization;
using System.Security.Cryptography;

namespace TinyHost.EndToEnd.Daemon;

internal static class Handlers
{
    /// <summary>Sends the content back as it comes, never holding more than one piece of it.</summary>
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

    /// <summary>Reads the content and answers with its length.</summary>
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

    /// <summary>Reads the content and works on each piece for longer than its peer needs to send another.</summary>
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

    /// <summary>Sends that many octets.</summary>
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

    /// <summary>Sends 1 MiB from the one array that all requests share.</summary>
    public static async Task SharedAsync(RequestContext context) => await context.Response.WriteAsync(s_shared);

    /// <summary>Writes 1 MiB in pieces and never waits: all of it is held until the handler ends.</summary>
    public static Task HeldAsync(RequestContext context)
    {
        for (var left = s_shared.Length; left > 0; left -= PieceSize)
        {
            context.Response.GetSpan(PieceSize)[..PieceSize].Clear();
            context.Response.Advance(PieceSize);
        }

        return Task.CompletedTask;
    }

    /// <summary>Collects all garbage, gives the memory back, and answers with the octets of the heap still in use.</summary>
    public static Task CollectAsync(RequestContext context)
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return context.Response.WriteTextAsync(GC.GetTotalMemory(forceFullCollection: true).ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Answers with a variable of the environment, as programs that are started see it; with nothing when it is not set.</summary>
    public static Task EnvironmentAsync(RequestContext context) =>
        context.Response.WriteTextAsync(Environment.GetEnvironmentVariable(context.Request.RouteValues["name"]) ?? "");

    /// <summary>Answers with the last segment of the path.</summary>
    public static Task IdAsync(RequestContext context) => context.Response.WriteTextAsync(context.Request.RouteValues["id"]);

    private const int PieceSize = 16_384;

    private static readonly byte[] s_shared = new byte[1 << 20];
}
