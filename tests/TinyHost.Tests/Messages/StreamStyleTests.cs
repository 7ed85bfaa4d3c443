// Owns: tests that every style of reading and writing a System.IO.Stream works on requests, responses and upgraded connections.

using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class StreamStyleTests
{
    private const string Upgrade = "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: line\r\n\r\n";

    /// <summary>Each reads the twelve octets "Hello, world".</summary>
    private static readonly Dictionary<string, Func<Stream, Task<string>>> s_readers = new()
    {
        ["BeginRead"] = async stream =>
        {
            var buffer = new byte[20];
            var done = 0;
            while (done < 12)
            {
                done += await Task<int>.Factory.FromAsync(stream.BeginRead, stream.EndRead, buffer, done, 20 - done, null);
            }

            return Encoding.ASCII.GetString(buffer, 0, done);
        },
        ["BeginRead with a callback"] = async stream =>
        {
            var buffer = new byte[12];
            var done = 0;
            while (done < 12)
            {
                var read = new TaskCompletionSource<int>();
                var state = new object();
                stream.BeginRead(buffer, done, 12 - done, result =>
                {
                    Assert.Same(state, result.AsyncState);
                    read.SetResult(stream.EndRead(result));
                }, state);
                done += await read.Task;
            }

            return Encoding.ASCII.GetString(buffer);
        },
        ["ReadAsync of an array"] = async stream =>
        {
            var buffer = new byte[12];
            for (var done = 0; done < 12;)
            {
#pragma warning disable CA1835 // The style that is tested.
                done += await stream.ReadAsync(buffer, done, 12 - done);
#pragma warning restore CA1835
            }

            return Encoding.ASCII.GetString(buffer);
        },
        ["ReadExactlyAsync"] = async stream =>
        {
            var buffer = new byte[12];
            await stream.ReadExactlyAsync(buffer);
            return Encoding.ASCII.GetString(buffer);
        },
        ["ReadAtLeastAsync"] = async stream =>
        {
            var buffer = new byte[20];
            return Encoding.ASCII.GetString(buffer, 0, await stream.ReadAtLeastAsync(buffer, 12));
        },
        ["CopyToAsync"] = async stream =>
        {
            var copy = new MemoryStream();
            await stream.CopyToAsync(copy);
            return Encoding.ASCII.GetString(copy.ToArray());
        },
        ["a text reader"] = stream => new StreamReader(stream).ReadToEndAsync(),
    };

    /// <summary>Each writes the twelve octets "Hello, world".</summary>
    private static readonly Dictionary<string, Func<Stream, Task>> s_writers = new()
    {
        ["BeginWrite"] = stream => Task.Factory.FromAsync(stream.BeginWrite, stream.EndWrite, "Hello, world"u8.ToArray(), 0, 12, null),
        ["BeginWrite with a callback"] = stream =>
        {
            var written = new TaskCompletionSource();
            stream.BeginWrite("> Hello, world <"u8.ToArray(), 2, 12, result =>
            {
                stream.EndWrite(result);
                written.SetResult();
            }, null);
            return written.Task;
        },
#pragma warning disable CA1835 // The style that is tested.
        ["WriteAsync of an array"] = stream => stream.WriteAsync("Hello, world"u8.ToArray(), 0, 12),
#pragma warning restore CA1835
        ["WriteAsync of memory"] = stream => stream.WriteAsync("Hello, world"u8.ToArray().AsMemory()).AsTask(),
        ["CopyToAsync"] = stream => new MemoryStream("Hello, world"u8.ToArray()).CopyToAsync(stream),
        ["a text writer"] = async stream =>
        {
            await using var writer = new StreamWriter(stream, leaveOpen: true);
            await writer.WriteAsync("Hello, world");
        },
    };

    private static readonly Dictionary<string, Action<Stream>> s_synchronousReads = new()
    {
        ["Read"] = stream => _ = stream.Read(new byte[1], 0, 1),
        ["Read of a span"] = stream => _ = stream.Read(new byte[1].AsSpan()),
        ["ReadByte"] = stream => stream.ReadByte(),
        ["ReadExactly"] = stream => stream.ReadExactly(new byte[1]),
        ["ReadAtLeast"] = stream => stream.ReadAtLeast(new byte[1], 1),
        ["CopyTo"] = stream => stream.CopyTo(Stream.Null),
    };

    public static TheoryData<string> Readers => [.. s_readers.Keys];

    public static TheoryData<string> Writers => [.. s_writers.Keys];

    public static TheoryData<string> SynchronousReads => [.. s_synchronousReads.Keys];

    [Theory]
    [MemberData(nameof(Readers))]
    public async Task Content_can_be_read_in_each_asynchronous_style(string style)
    {
        string[] contents =
        [
            "Content-Length: 12\r\n\r\nHello, world",
            "Transfer-Encoding: chunked\r\n\r\n5\r\nHello\r\n7\r\n, world\r\n0\r\n\r\n",
        ];
        foreach (var content in contents)
        {
            var transport = new MemoryTransport();
            using var server = new MemoryServer(
                async context => await context.Response.WriteTextAsync($"[{await s_readers[style](context.Request.Body.AsStream())}]"),
                transport);
            Arrive(transport, "POST / HTTP/1.1\r\nHost: h\r\n" + content);
            Assert.EndsWith("[Hello, world]", await server.EndAsync(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Readers))]
    public async Task An_upgraded_stream_can_be_read_in_each_asynchronous_style(string style)
    {
        string? read = null;
        var transport = new MemoryTransport();
        using var server = new MemoryServer(async context => read = await s_readers[style](await context.UpgradeAsync("line")), transport);
        Arrive(transport, Upgrade + "Hello, world");
        await server.EndAsync();
        Assert.Equal("Hello, world", read);
    }

    [Theory]
    [MemberData(nameof(Writers))]
    public async Task A_response_can_be_written_in_each_asynchronous_style(string style)
    {
        var sent = await MemoryServer.ExchangeAsync(
            "GET / HTTP/1.1\r\nHost: h\r\n\r\n", context => s_writers[style](context.Response.AsStream()));
        Assert.Contains("Hello, world", sent, StringComparison.Ordinal);
        Assert.DoesNotContain("500", sent, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Writers))]
    public async Task An_upgraded_stream_can_be_written_in_each_asynchronous_style(string style)
    {
        var sent = await MemoryServer.ExchangeAsync(Upgrade, async context => await s_writers[style](await context.UpgradeAsync("line")));
        Assert.EndsWith("\r\n\r\nHello, world", sent, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(SynchronousReads))]
    public async Task A_synchronous_read_names_the_method_to_use_instead(string style)
    {
        List<string> messages = [];
        await MemoryServer.ExchangeAsync(Upgrade, async context =>
        {
            messages.Add(Assert.Throws<NotSupportedException>(() => s_synchronousReads[style](context.Request.Body.AsStream())).Message);
            messages.Add(Assert.Throws<NotSupportedException>(() => s_synchronousReads[style](Upgraded(context))).Message);
            await Task.CompletedTask;
        });
        Assert.All(
            messages,
            message => Assert.EndsWith(
                "use ReadAsync.", message.Replace(" and WriteAsync", "", StringComparison.Ordinal), StringComparison.Ordinal));

        static Stream Upgraded(RequestContext context) => context.UpgradeAsync("line").AsTask().GetAwaiter().GetResult();
    }

    [Fact]
    public async Task A_synchronous_write_to_an_upgraded_stream_names_the_methods_to_use_instead() =>
        await MemoryServer.ExchangeAsync(Upgrade, async context =>
        {
            var stream = await context.UpgradeAsync("line");
            var exception = Assert.Throws<NotSupportedException>(() => stream.Write(new byte[1], 0, 1));
            Assert.Contains("use ReadAsync and WriteAsync", exception.Message, StringComparison.Ordinal);
            Assert.Throws<NotSupportedException>(() => stream.Write(new byte[1].AsSpan()));
            Assert.Throws<NotSupportedException>(() => stream.WriteByte(1));
        });

    [Fact]
    public async Task Each_stream_refuses_unsupported_operations() =>
        await MemoryServer.ExchangeAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n", async context =>
        {
            var (content, response) = (context.Request.Body.AsStream(), context.Response.AsStream());
            foreach (var stream in new[] { content, response })
            {
                Assert.False(stream.CanSeek);
                Assert.Throws<NotSupportedException>(() => stream.Length);
                Assert.Throws<NotSupportedException>(() => stream.Position);
                Assert.Throws<NotSupportedException>(() => stream.Position = 0);
                Assert.Throws<NotSupportedException>(() => stream.Seek(0, SeekOrigin.Begin));
                Assert.Throws<NotSupportedException>(() => stream.SetLength(0));
                Assert.Throws<ArgumentNullException>(() => { _ = stream.BeginRead(null!, 0, 0, null, null); });
                Assert.Throws<ArgumentOutOfRangeException>(() => { _ = stream.BeginWrite(new byte[1], 0, 2, null, null); });
                stream.Flush();
                await stream.FlushAsync();
            }

            await Assert.ThrowsAsync<NotSupportedException>(async () => await content.WriteAsync(new byte[1]));
            Assert.Throws<NotSupportedException>(() => { _ = content.BeginWrite(new byte[1], 0, 1, null, null); });
            Assert.Throws<NotSupportedException>(() => content.WriteByte(1));
            await Assert.ThrowsAsync<NotSupportedException>(async () => await response.ReadExactlyAsync(new byte[1]));
            Assert.Throws<NotSupportedException>(() => { _ = response.BeginRead(new byte[1], 0, 1, null, null); });
            Assert.Throws<NotSupportedException>(() => response.ReadByte());
        });

    [Fact]
    public async Task EndRead_throws_the_exception_of_a_failed_read()
    {
        using var server = new MemoryServer(
            context =>
            {
                var content = context.Request.Body.AsStream();
                return Task<int>.Factory.FromAsync(content.BeginRead, content.EndRead, new byte[9], 0, 9, null);
            },
            new MemoryTransport().Arrive("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n").FinishSending());
        Assert.StartsWith("HTTP/1.1 400 ", await server.EndAsync(), StringComparison.Ordinal);
        Assert.Equal(0, server.Log.Errors);
    }

    // Octet by octet, so that reads end late as well as at once.
    private static void Arrive(MemoryTransport transport, string octets)
    {
        foreach (var octet in octets)
        {
            transport.Arrive(octet.ToString());
        }

        transport.FinishSending();
    }
}
