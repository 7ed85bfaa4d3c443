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
        Http1Connection http1, int generation, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        var writer = http1.Writer;
        if ((long)writer.HeldCount + content.Length > http1.Limits.ResponseBufferSize)
        {
            RunStartCallbacks(http1, generation);
        }

        var isHeld = true;
        http1.State.EnterWrite(generation);
        try
        {
            writer.Count(content.Length);
            isHeld = (long)writer.Content.Count + content.Length <= http1.Limits.ResponseBufferSize;
            if (isHeld)
            {
                writer.Content.Write(content.Span);
            }
        }
        finally
        {
            if (isHeld)
            {
                http1.State.ExitWrite();
            }
        }

        return isHeld ? default : SendAsync(http1, content);
    }

    /// <summary>Sends the head and the content held.</summary>
    internal static ValueTask FlushAsync(Http1Connection http1, int generation, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        RunStartCallbacks(http1, generation);
        http1.State.EnterWrite(generation);
        return SendAsync(http1, default);
    }

    /// <summary>
    /// The head is about to be written: calls what the handler has asked to be called. The callbacks take the right to write themselves.
    /// </summary>
    internal static void RunStartCallbacks(Http1Connection http1, int generation)
    {
        if (http1.Writer.StartCallbacks is { } callbacks && !http1.State.HasResponseStarted)
        {
            http1.State.ThrowIfEnded(generation);
            callbacks.Run();
        }
    }

    /// <summary>Sends text while it is encoded.</summary>
    internal static async Task SendTextAsync(Http1Connection http1, int generation, string text)
    {
        for (var done = 0; done < text.Length;)
        {
            done += WritePiece(http1, generation, text.AsSpan(done));
            await FlushAsync(http1, generation, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static int WritePiece(Http1Connection http1, int generation, ReadOnlySpan<char> text)
    {
        using var right = http1.State.TakeWriteRight(generation);
        var writer = http1.Writer;
        Utf8.FromUtf16(text, writer.Content.GetSpan(TextPieceSize), out var characters, out var bytes);
        writer.Advance(bytes);
        return characters;
    }

    // The caller has taken the right to write.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private static async ValueTask SendAsync(Http1Connection http1, ReadOnlyMemory<byte> content)
    {
        var (writer, send) = (http1.Writer, http1.Send);
        await send.EnterAsync().ConfigureAwait(false);
        try
        {
            if (!http1.State.HasResponseStarted)
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
            http1.State.ExitWrite();
        }
    }
}
