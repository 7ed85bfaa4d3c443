// Owns: sending a response while its handler still runs: flushes, content too large to hold, and dropping content for HEAD.

using System.Runtime.CompilerServices;
using System.Text.Unicode;

namespace TinyHost;

/// <summary>Each method takes the right to write: it throws as <see cref="ConnectionState.EnterWrite"/> does.</summary>
internal static class ResponseSender
{
    // Larger content is sent without copying.
    private const int CopyAtMost = 8_192;

    // Long text is sent in pieces, so that little of it is held for a peer that reads slowly.
    private const int TextPieceSize = 32_768;

    /// <summary>Holds content if the limit allows; otherwise sends the head, the content held, and then this.</summary>
    internal static ValueTask WriteAsync(
        Exchange exchange, int generation, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        var writer = exchange.Writer;
        var isHeld = true;
        exchange.State.EnterWrite(generation);
        try
        {
            writer.Count(content.Length);
            isHeld = (long)writer.Content.Count + content.Length <= exchange.Limits.ResponseBufferSize;
            if (isHeld)
            {
                writer.Content.Write(content.Span);
            }
        }
        finally
        {
            if (isHeld)
            {
                exchange.State.ExitWrite();
            }
        }

        return isHeld ? default : SendAsync(exchange, content);
    }

    /// <summary>Sends the head and the content held.</summary>
    internal static ValueTask FlushAsync(Exchange exchange, int generation, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        exchange.State.EnterWrite(generation);
        return SendAsync(exchange, default);
    }

    /// <summary>Sends text while it is encoded.</summary>
    internal static async Task SendTextAsync(Exchange exchange, int generation, string text)
    {
        for (var done = 0; done < text.Length;)
        {
            done += WritePiece(exchange, generation, text.AsSpan(done));
            await FlushAsync(exchange, generation, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static int WritePiece(Exchange exchange, int generation, ReadOnlySpan<char> text)
    {
        using var right = exchange.State.TakeWriteRight(generation);
        var writer = exchange.Writer;
        Utf8.FromUtf16(text, writer.Content.GetSpan(TextPieceSize), out var characters, out var bytes);
        writer.Advance(bytes);
        return characters;
    }

    // The caller has taken the right to write.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private static async ValueTask SendAsync(Exchange exchange, ReadOnlyMemory<byte> content)
    {
        var (writer, send) = (exchange.Writer, exchange.Send);
        await send.EnterAsync().ConfigureAwait(false);
        try
        {
            if (!exchange.State.HasResponseStarted)
            {
                writer.Start(isUnknown: false);
            }

            if (writer.IsHeadMethod)
            {
                writer.Content.Clear();
                content = default;
                await send.DropAsync(writer.BytesWritten).ConfigureAwait(false);
            }

            if ((long)writer.Content.Count + content.Length <= CopyAtMost)
            {
                writer.Content.Write(content.Span);
                writer.PutContent();
                await send.FlushAsync().ConfigureAwait(false);
            }
            else
            {
                writer.BeginContent((long)writer.Content.Count + content.Length);
                await send.FlushAsync().ConfigureAwait(false);
                await send.SendAsync(writer.Content.WrittenMemory).ConfigureAwait(false);
                writer.Content.Clear();
                await send.SendAsync(content).ConfigureAwait(false);
                writer.EndContent();
                if (content.IsEmpty)
                {
                    // A flush leaves no part of a chunk behind: the peer may wait for its end.
                    await send.FlushAsync().ConfigureAwait(false);
                }
            }
        }
        finally
        {
            send.Leave();
            exchange.State.ExitWrite();
        }
    }
}
