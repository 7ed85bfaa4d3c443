// Owns: measuring the cost of writing response heads.

// TinyHost.Metrics compiles a copy of PooledBuffer.
extern alias core;

using System.Buffers;
using BenchmarkDotNet.Attributes;
using HeadBuffer = core::TinyHost.PooledBuffer;

namespace TinyHost.Benchmarks;

/// <summary>Heads with a Content-Length and heads of chunked responses, with 0 to 5 fields set by the handler.</summary>
public class HeadWriting
{
    private readonly HeadBuffer _buffer = new(ArrayPool<byte>.Shared, 1_024);
    private readonly DateField _date = new(DateTimeOffset.UnixEpoch);
    private KeyValuePair<string, string>[] _fields = [];

    [Params(0, 1, 5)]
    public int Fields { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        KeyValuePair<string, string>[] all =
        [
            new("Content-Type", "application/json; charset=utf-8"),
            new("Cache-Control", "no-store"),
            new("ETag", "\"33a64df551425fcc55e4d42a148795d9f25f89d4\""),
            new("Vary", "Accept, Accept-Encoding"),
            new("X-Request-Id", "4bf92f3577b34da6a3ce929d0e0e4736"),
        ];
        _fields = all[..Fields];
    }

    [Benchmark]
    public int WriteHeadWithLength() => Write(ResponseFraming.ContentLength, 13);

    [Benchmark]
    public int WriteChunkedHead() => Write(ResponseFraming.Chunked, 0);

    private int Write(ResponseFraming framing, long contentLength)
    {
        _buffer.Clear();
        var head = new ResponseHead
        {
            StatusCode = 200,
            DateLine = _date.Line,
            Fields = _fields,
            Framing = framing,
            ContentLength = contentLength,
            IsPersistent = true,
        };
        _buffer.Advance(head.Write(_buffer.GetSpan(head.MaxSize)));
        return _buffer.Count;
    }
}
