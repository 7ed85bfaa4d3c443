// Owns: measuring the cost of writing response heads.

using System.Buffers;
using BenchmarkDotNet.Attributes;

namespace TinyHost.Benchmarks;

/// <summary>Heads with a Content-Length and heads of chunked responses, with 0 to 5 fields set by the handler.</summary>
public class HeadWriting
{
    private readonly PooledBuffer _buffer = new(ArrayPool<byte>.Shared, 1_024);
    private readonly DateField _date = new(DateTimeOffset.UnixEpoch);
    private readonly ResponseFields _fields = new();

    [Params(0, 1, 5)]
    public int Fields { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        (string Name, string Value)[] all =
        [
            ("Content-Type", "application/json; charset=utf-8"),
            ("Cache-Control", "no-store"),
            ("ETag", "\"33a64df551425fcc55e4d42a148795d9f25f89d4\""),
            ("Vary", "Accept, Accept-Encoding"),
            ("X-Request-Id", "4bf92f3577b34da6a3ce929d0e0e4736"),
        ];
        foreach (var (name, value) in all[..Fields])
        {
            _fields.Add(name, value);
        }
    }

    [Benchmark]
    public int WriteHeadWithLength() => Write(ResponseFraming.ContentLength, 13);

    [Benchmark]
    public int WriteChunkedHead() => Write(ResponseFraming.Chunked, null);

    private int Write(ResponseFraming framing, long? contentLength)
    {
        _buffer.Clear();
        ResponseHead.Write(_buffer, 200, _fields, _date, framing, contentLength, persistent: true, http10: false);
        return _buffer.Count;
    }
}
