// Owns: passing on what a worker prints, in whole lines.

using System.Text;

namespace TinyHost.Workers;

/// <summary>Lines of up to 1 MiB stay whole. A longer one is passed on in parts, between which other lines may come.</summary>
internal sealed class LineRelay(Stream from, LineOutput to)
{
    private const int FirstSize = 16_384;
    private const int MostHeld = 1 << 20;
    private const int MostRemembered = 500;

    private volatile string _last = "";

    /// <summary>The last line that is more than spaces.</summary>
    internal string Last => _last;

    /// <summary>Ends with the stream. A line without an end gets one. Never fails.</summary>
    internal async Task RunAsync()
    {
        var held = new byte[FirstSize];
        var count = 0;
        try
        {
            int received;
            while ((received = await from.ReadAsync(held.AsMemory(count)).ConfigureAwait(false)) > 0)
            {
                count += received;
                var whole = held.AsSpan(0, count).LastIndexOf((byte)'\n') + 1;
                if (whole == 0 && count < held.Length)
                {
                    continue;
                }

                if (whole == 0 && held.Length < MostHeld)
                {
                    Array.Resize(ref held, held.Length * 2);
                    continue;
                }

                whole = whole == 0 ? count : whole;
                Pass(held.AsSpan(0, whole));
                count -= whole;
                held.AsSpan(whole, count).CopyTo(held);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // As at the end of the stream.
        }

        if (count > 0)
        {
            Pass([.. held.AsSpan(0, count), (byte)'\n']);
        }
    }

    private void Pass(ReadOnlySpan<byte> lines)
    {
        to.Write(lines);
        var text = lines.TrimEnd(" \t\r\n"u8);
        var last = text[(text.LastIndexOf((byte)'\n') + 1)..];
        if (last.Length > 0)
        {
            _last = Encoding.UTF8.GetString(last[..Math.Min(last.Length, MostRemembered)]).Trim();
        }
    }
}
