// Owns: that the lines of several workers stay whole in one output.

using System.IO.Pipelines;
using System.Text;

namespace TinyHost.Workers.Tests;

public sealed class LineRelayTests
{
    private readonly MemoryStream _output = new();
    private readonly LineOutput _shared;

    public LineRelayTests() => _shared = new LineOutput(_output, TextWriter.Synchronized(TextWriter.Null));

    private string Output => Encoding.UTF8.GetString(_output.ToArray());

    [Fact]
    public async Task A_line_that_arrives_in_parts_is_passed_on_as_a_whole()
    {
        var (first, second) = (new Pipe(), new Pipe());
        var relays = Task.WhenAll(
            new LineRelay(first.Reader.AsStream(), _shared).RunAsync(), new LineRelay(second.Reader.AsStream(), _shared).RunAsync());
        await WriteAsync(first, "info: a be");
        await WriteAsync(second, "{\"b\":1}\n");
        await UntilAsync("{\"b\":1}\n");
        await WriteAsync(first, "ginning\n      and more\nrest");
        await UntilAsync("{\"b\":1}\ninfo: a beginning\n      and more\n");
        await first.Writer.CompleteAsync();
        await second.Writer.CompleteAsync();
        await relays;
        Assert.Equal("{\"b\":1}\ninfo: a beginning\n      and more\nrest\n", Output);
    }

    [Fact]
    public async Task A_full_disk_loses_lines_and_blocks_no_worker()
    {
        var disk = new FullDisk();
        var from = new Pipe();
        var relay = new LineRelay(from.Reader.AsStream(), new LineOutput(disk, TextWriter.Null)).RunAsync();
        await WriteAsync(from, "lost\n");
        await Until.TrueAsync(() => disk.Refused == 1);
        disk.HasRoom = true;
        await WriteAsync(from, "kept\n");
        await from.Writer.CompleteAsync();
        await relay;
        Assert.Equal("kept\n", Encoding.UTF8.GetString(disk.ToArray()));
    }

    [Theory]
    [InlineData(16_384)]
    [InlineData(100_000)]
    [InlineData(1_048_575)]
    public async Task A_long_line_stays_whole(int length)
    {
        var (first, second) = (new Pipe(new PipeOptions(pauseWriterThreshold: 0)), new Pipe());
        var relays = Task.WhenAll(
            new LineRelay(first.Reader.AsStream(), _shared).RunAsync(), new LineRelay(second.Reader.AsStream(), _shared).RunAsync());
        var line = new string('x', length);
        await WriteAsync(first, line[..^1]);
        await WriteAsync(second, "b\n");
        await UntilAsync("b\n");
        await WriteAsync(first, "x\n");
        await first.Writer.CompleteAsync();
        await second.Writer.CompleteAsync();
        await relays;
        Assert.Equal($"b\n{line}\n", Output);
    }

    [Fact]
    public async Task A_line_above_the_limit_loses_nothing()
    {
        var text = new string('x', 3_000_000);
        await new LineRelay(new MemoryStream(Encoding.ASCII.GetBytes(text)), _shared).RunAsync();
        Assert.Equal(text + "\n", Output);
    }

    [Fact]
    public async Task Bytes_are_passed_on_as_they_are()
    {
        byte[] bytes = [0xFF, 0x00, (byte)'\r', (byte)'\n', 0xC3, 0xA4, (byte)'\n'];
        await new LineRelay(new MemoryStream(bytes), _shared).RunAsync();
        Assert.Equal(bytes, _output.ToArray());
    }

    [Fact]
    public async Task The_last_line_with_text_is_remembered()
    {
        var relay = new LineRelay(new MemoryStream("Cannot start: x.\n  \n\n"u8.ToArray()), _shared);
        Assert.Equal("", relay.Last);
        await relay.RunAsync();
        Assert.Equal("Cannot start: x.", relay.Last);
    }

    private static async Task WriteAsync(Pipe pipe, string text) =>
        await pipe.Writer.WriteAsync(Encoding.UTF8.GetBytes(text), TestContext.Current.CancellationToken);

    private Task UntilAsync(string output) => TinyHost.Tests.Support.Until.TrueAsync(() => Output == output);

    private sealed class FullDisk : MemoryStream
    {
        internal volatile bool HasRoom;
        internal volatile int Refused;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (!HasRoom)
            {
                Refused++;
                throw new IOException("No space left on device");
            }

            base.Write(buffer);
        }
    }
}
