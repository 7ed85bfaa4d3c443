// Owns: writing families in a format, piece by piece, so that the sender can keep memory bounded; and what every format can do.

using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace TinyHost.Metrics;

/// <summary>One exposition. Values are as of the moment their series is written.</summary>
/// <param name="format">The format.</param>
/// <param name="families">The families.</param>
/// <param name="others">Further families, already in the format; written after the others as they are.</param>
internal sealed class Exposition(ExpositionFormat format, MetricFamily[] families, IReadOnlyList<ReadOnlyMemory<byte>>? others = null)
    : IDisposable
{
    private const int MaxPiece = 65_536;

    // A longer family is split into several messages of the same name, so that memory stays bounded. A family within the default limit on
    // series is shorter.
    private const int MaxMessage = 1 << 20;

    private readonly IReadOnlyList<ReadOnlyMemory<byte>> _others = others ?? [];
    private readonly DelimitedMessage? _message = format.IsDelimited ? new() : null;
    private int _family;
    private int _series;
    private bool _headWritten;
    private Series?[]? _current;
    private int _other;
    private int _otherOffset;
    private bool _ended;

    /// <summary>The number of bytes written.</summary>
    internal long Written { get; private set; }

    [MemberNotNullWhen(true, nameof(_message))]
    private bool IsMessagePending => _message is { IsPending: true };

    /// <summary>Writes until about <paramref name="length"/> bytes are written. Returns false when the exposition is complete.</summary>
    internal bool Write(IBufferWriter<byte> output, int length)
    {
        if (IsMessagePending)
        {
            _message.WriteNext(output, length);
            return IsMessagePending || !_ended;
        }

        var chunk = new ChunkWriter(_message ?? output);
        while (chunk.Written < length && !IsMessagePending && NextSeries() is { } series)
        {
            if (series.IsPresent)
            {
                WriteSeries(ref chunk, series, output, length);
            }
        }

        while (chunk.Written < length && _family == families.Length && _other < _others.Count)
        {
            WriteOther(ref chunk, (int)Math.Min(length - chunk.Written, MaxPiece));
        }

        if (_family == families.Length && _other == _others.Count && !_ended)
        {
            format.WriteEnd(ref chunk);
            _ended = true;
        }

        chunk.Finish();
        if (_ended)
        {
            EndMessage(ref chunk, output, 0, length);
        }

        Written += chunk.Written;
        return IsMessagePending || !_ended;
    }

    public void Dispose() => _message?.Dispose();

    private void WriteSeries(ref ChunkWriter chunk, Series series, IBufferWriter<byte> output, int length)
    {
        // A family without series is not exposed at all.
        if (!_headWritten)
        {
            EndMessage(ref chunk, output, 0, length);
            format.WriteHead(ref chunk, families[_family]);
            _headWritten = true;
        }

        format.WriteSeries(ref chunk, families[_family], series);
        EndMessage(ref chunk, output, MaxMessage, length);
    }

    // Ends the message if it is longer than maxLength, and writes up to length bytes of it.
    private void EndMessage(ref ChunkWriter chunk, IBufferWriter<byte> output, int maxLength, int length)
    {
        if (_message is null)
        {
            return;
        }

        chunk.Finish();
        if (_message.Length > maxLength)
        {
            Written += _message.End(output);
            _message.WriteNext(output, length);
            _headWritten = false;
        }
    }

    private void WriteOther(ref ChunkWriter chunk, int length)
    {
        var rest = _others[_other].Span[_otherOffset..];
        if (rest.Length > length)
        {
            chunk.Write(rest[..length]);
            _otherOffset += length;
            return;
        }

        chunk.Write(rest);
        (_other, _otherOffset) = (_other + 1, 0);
    }

    private Series? NextSeries()
    {
        while (_family < families.Length)
        {
            _current ??= families[_family].Series;
            if (_series < _current.Length && Volatile.Read(ref _current[_series]) is { } series)
            {
                _series++;
                return series;
            }

            _family++;
            (_series, _current, _headWritten) = (0, null, false);
        }

        return null;
    }
}

/// <summary>An exposition format. <paramref name="index"/> is its place in <see cref="MetricFamily.Encoded"/>.</summary>
internal abstract class ExpositionFormat(int index)
{
    internal int Index => index;

    /// <summary>The kind of format, as options name it.</summary>
    internal abstract MetricsFormats Kind { get; }

    /// <summary>True if each family is a message, preceded by its length.</summary>
    internal virtual bool IsDelimited => false;

    /// <summary>Writes what precedes the series of a family.</summary>
    internal abstract void WriteHead(ref ChunkWriter output, MetricFamily family);

    /// <summary>Writes the samples of one series.</summary>
    internal abstract void WriteSeries(ref ChunkWriter output, MetricFamily family, Series series);

    /// <summary>Writes the end of the exposition.</summary>
    internal abstract void WriteEnd(ref ChunkWriter output);
}

/// <summary>A format and its <c>Content-Type</c>.</summary>
internal sealed record ExpositionType(ExpositionFormat Format, string ContentType)
{
    /// <summary>Text 0.0.4, which every Prometheus server reads.</summary>
    internal static ExpositionType Text004 { get; } = new(TextFormat.Instance, "text/plain; version=0.0.4; charset=utf-8");
}
