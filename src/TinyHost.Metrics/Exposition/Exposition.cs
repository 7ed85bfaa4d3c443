// Owns: writing families in a format, a piece at a time, so that whoever sends them can keep memory bounded.
// Does not own: the format, nor sending.

using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace TinyHost.Metrics;

/// <summary>
/// One exposition under way, and then the next: the families, and behind them lines of further families in the same format. Values are those of
/// the moment their series is written.
/// </summary>
internal sealed class Exposition
{
    private readonly DelimitedMessage _delimited = new();
    private ExpositionFormat _format = TextFormat.Instance;
    private MetricFamily[] _families = [];
    private IReadOnlyList<ReadOnlyMemory<byte>> _others = [];
    private DelimitedMessage? _message;
    private int _family;
    private int _series;
    private bool _headWritten;
    private Series?[]? _current;
    private int _other;
    private int _octet;
    private bool _ended;

    /// <summary>One that is to be begun.</summary>
    internal Exposition()
    {
    }

    internal Exposition(ExpositionFormat format, MetricFamily[] families)
        : this(format, families, [])
    {
    }

    internal Exposition(ExpositionFormat format, MetricFamily[] families, IReadOnlyList<ReadOnlyMemory<byte>> others) => Begin(format, families, others);

    /// <summary>How much was written, in octets.</summary>
    internal long Written { get; private set; }

    /// <summary>Begins with these families, wherever the last one ended. <paramref name="others"/> are written behind them as they are.</summary>
    internal void Begin(ExpositionFormat format, MetricFamily[] families, IReadOnlyList<ReadOnlyMemory<byte>> others)
    {
        (_format, _families, _others) = (format, families, others);
        _delimited.Clear();
        _message = format.IsDelimited ? _delimited : null;
        (_family, _series, _headWritten, _current) = (0, 0, false, null);
        (_other, _octet, _ended, Written) = (0, 0, false, 0);
    }

    /// <summary>Lets go of the families and of what was written of them and not handed on.</summary>
    internal void End() => Begin(TextFormat.Instance, [], []);

    /// <summary>Writes on until about <paramref name="length"/> octets are written. False when the exposition is complete.</summary>
    internal bool Write(IBufferWriter<byte> output, int length)
    {
        if (IsMessageLeaving)
        {
            _message.MoveOn(output, length);
            return IsMessageLeaving || !_ended;
        }

        var chunk = new ChunkWriter(_message ?? output);
        while (chunk.Written < length && !IsMessageLeaving && NextSeries() is { } series)
        {
            if (series.IsPresent)
            {
                WriteSeries(ref chunk, series, output, length);
            }
        }

        while (chunk.Written < length && _family == _families.Length && _other < _others.Count)
        {
            WriteOther(ref chunk, (int)Math.Min(length - chunk.Written, LongestPiece));
        }

        if (_family == _families.Length && _other == _others.Count && !_ended)
        {
            _format.WriteEnd(ref chunk);
            _ended = true;
        }

        chunk.Finish();
        if (_ended)
        {
            EndMessage(ref chunk, output, 0, length);
        }

        Written += chunk.Written;
        return IsMessageLeaving || !_ended;
    }

    [MemberNotNullWhen(true, nameof(_message))]
    private bool IsMessageLeaving => _message is { IsLeaving: true };

    private void WriteSeries(ref ChunkWriter chunk, Series series, IBufferWriter<byte> output, int length)
    {
        // A family without series is not named at all.
        if (!_headWritten)
        {
            EndMessage(ref chunk, output, 0, length);
            _format.WriteHead(ref chunk, _families[_family]);
            _headWritten = true;
        }

        _format.WriteSeries(ref chunk, _families[_family], series);
        EndMessage(ref chunk, output, MaxMessage, length);
    }

    // Ends the message when it is longer than that, and hands on as much of it as is asked for.
    private void EndMessage(ref ChunkWriter chunk, IBufferWriter<byte> output, int longer, int length)
    {
        if (_message is null)
        {
            return;
        }

        chunk.Finish();
        if (_message.Length > longer)
        {
            Written += _message.End(output);
            _message.MoveOn(output, length);
            _headWritten = false;
        }
    }

    private void WriteOther(ref ChunkWriter chunk, int length)
    {
        var rest = _others[_other].Span[_octet..];
        if (rest.Length > length)
        {
            chunk.Write(rest[..length]);
            _octet += length;
            return;
        }

        chunk.Write(rest);
        (_other, _octet) = (_other + 1, 0);
    }

    private Series? NextSeries()
    {
        while (_family < _families.Length)
        {
            _current ??= _families[_family].Series;
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

    private const int LongestPiece = 65_536;

    // A family longer than this, in octets, comes in several messages of its name, one after the other, so that memory stays bounded. One of as many
    // series as the default limit allows does not.
    private const int MaxMessage = 1 << 20;
}
