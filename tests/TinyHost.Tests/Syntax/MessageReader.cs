// Owns: reading a connection's octets, in pieces of any size, with the types of Syntax/, as a connection would.

using System.Buffers;
using System.Text;

namespace TinyHost.Tests.Syntax;

internal sealed class MessageReader(ServerLimits limits)
{
    private readonly RequestHead _head = new(ArrayPool<byte>.Shared);
    private readonly ChunkedDecoder _decoder = new(ArrayPool<byte>.Shared);
    private readonly StringBuilder _body = new();
    private byte[] _buffer = [];
    private MessageFraming? _framing;
    private byte[] _headOctets = [];
    private long _remaining;

    internal Transcript Transcript { get; } = new();

    private bool IsDone => Transcript.End is TranscriptEnd.Rejected or TranscriptEnd.Closed;

    /// <summary>Reads octets in pieces, cut at the given offsets.</summary>
    internal static Transcript Read(ReadOnlySpan<byte> octets, ServerLimits limits, params ReadOnlySpan<int> cuts)
    {
        var reader = new MessageReader(limits);
        var start = 0;
        foreach (var cut in cuts)
        {
            reader.Feed(octets[start..cut]);
            start = cut;
        }

        reader.Feed(octets[start..]);
        return reader.Transcript;
    }

    internal static Transcript ReadByteByByte(ReadOnlySpan<byte> octets, ServerLimits limits)
    {
        var reader = new MessageReader(limits);
        for (var i = 0; i < octets.Length; i++)
        {
            reader.Feed(octets.Slice(i, 1));
        }

        return reader.Transcript;
    }

    internal void Feed(ReadOnlySpan<byte> piece)
    {
        _buffer = [.. _buffer, .. piece];
        while (!IsDone && ReadOn())
        {
        }

        if (!IsDone)
        {
            Transcript.End = _framing is null && _buffer.Length == 0 ? TranscriptEnd.Between : TranscriptEnd.Incomplete;
        }
    }

    /// <summary>Takes one step; false when it needs more octets.</summary>
    private bool ReadOn() => _framing switch
    {
        null => ReadHead(),
        { Body: BodyKind.Chunked } => ReadChunked(),
        _ => ReadContent(),
    };

    private bool ReadHead()
    {
        var status = _head.Parse(_buffer, limits, out var consumed, out var reason);
        Assert.Equal(status == ParseStatus.Rejected, reason != RejectReason.None);
        if (status == ParseStatus.Rejected)
        {
            return Reject(reason);
        }

        if (status == ParseStatus.Incomplete)
        {
            Assert.Equal(0, consumed);
            return false;
        }

        Assert.InRange(consumed, 1, _buffer.Length);
        _headOctets = _buffer[..consumed];
        _buffer = _buffer[consumed..];
        reason = MessageFraming.Decide(_head, _headOctets, out var framing);
        // The server's connection refuses too large a length when the content is read.
        reason = reason == RejectReason.None && framing.ContentLength > limits.MaxRequestBodySize ? RejectReason.BodyTooLarge : reason;
        if (reason != RejectReason.None)
        {
            return Reject(reason);
        }

        _framing = framing;
        _remaining = framing.ContentLength;
        return true;
    }

    private bool ReadContent()
    {
        Take(ref _remaining);
        return _remaining == 0 ? Finish() : false;
    }

    private bool ReadChunked()
    {
        var step = _decoder.Advance(_buffer, limits, out var consumed, out var reason);
        Assert.InRange(consumed, 0, _buffer.Length);
        Assert.Equal(step == ChunkStep.Rejected, reason != RejectReason.None);
        if (step == ChunkStep.NeedMore)
        {
            Assert.Equal(_buffer.Length, consumed);
        }

        _buffer = _buffer[consumed..];
        switch (step)
        {
            case ChunkStep.Rejected:
                return Reject(reason);
            case ChunkStep.End:
                return Finish();
            case ChunkStep.Content:
                var left = _decoder.Remaining;
                Take(ref left);
                _decoder.Took(_decoder.Remaining - left);
                return left == 0;
            default:
                return false;
        }
    }

    private void Take(ref long remaining)
    {
        var count = (int)Math.Min(remaining, _buffer.Length);
        _body.Append(Encoding.Latin1.GetString(_buffer, 0, count));
        _buffer = _buffer[count..];
        remaining -= count;
    }

    private bool Finish()
    {
        var framing = _framing!.Value;
        Transcript.Requests.Add(new TranscriptRequest
        {
            Method = Text(_head.Method),
            Target = Text(_head.Target),
            Form = _head.Form.ToString(),
            Authority = Text(_head.Authority),
            Path = Text(_head.Path),
            Query = Text(_head.Query),
            MinorVersion = _head.MinorVersion,
            Fields = Lines(_head.Fields, _headOctets),
            Kind = framing.Body.ToString(),
            Body = _body.ToString(),
            Trailers = Lines(_decoder.Trailers, _decoder.TrailerOctets),
            Host = Text(framing.Host),
            Persistent = framing.Persistent,
            ExpectContinue = framing.ExpectContinue,
            UpgradeRequested = framing.UpgradeRequested,
        });
        _head.Clear();
        _decoder.Clear();
        _body.Clear();
        _framing = null;
        if (!framing.Persistent)
        {
            Transcript.End = TranscriptEnd.Closed;
        }

        return framing.Persistent && _buffer.Length > 0;
    }

    private bool Reject(RejectReason reason)
    {
        Transcript.End = TranscriptEnd.Rejected;
        Transcript.Reason = reason;
        return false;
    }

    private string Text(Slice slice) => Encoding.Latin1.GetString(slice.Of(_headOctets));

    private static string[] Lines(ReadOnlySpan<FieldLine> lines, ReadOnlySpan<byte> octets)
    {
        var texts = new string[lines.Length];
        for (var i = 0; i < lines.Length; i++)
        {
            texts[i] = Encoding.Latin1.GetString(lines[i].Name.Of(octets)) + ": " + Encoding.Latin1.GetString(lines[i].Value.Of(octets));
        }

        return texts;
    }
}
