// Owns: that a request kept after its handler has ended cannot be read.

using TinyHost.Tests.Support;

namespace TinyHost.Tests.LeftBehindMatrix;

public sealed class EndedRequestTests
{
    [Theory]
    [InlineData("")]
    [InlineData("Connection: close\r\n")]
    public async Task A_request_kept_after_its_handler_cannot_be_read(string fields)
    {
        Request? kept = null;
        await using var server = await WatchedServer.StartAsync(async context =>
        {
            kept = context.Request;
            await Task.Yield();
        });
        using var client = await server.ConnectAsync();
        await client.GetAsync("/kept?secret", fields);

        await AssertUnreadableAsync(kept!);
        client.Dispose();
        await server.EmptyAsync();
        await AssertUnreadableAsync(kept!);
    }

    private static async Task AssertUnreadableAsync(Request request)
    {
        Assert.Throws<InvalidOperationException>(() => request.Target);
        Assert.Throws<InvalidOperationException>(() => request.RawQuery);
        Assert.Throws<InvalidOperationException>(() => request.Query);
        Assert.Throws<InvalidOperationException>(() => request.Cookies);
        Assert.Throws<InvalidOperationException>(() => request.Fields["Host"]);
        Assert.Throws<InvalidOperationException>(() => request.Fields.ToList());
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await request.Body.ReadAsync(new byte[1]));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await request.Body.ReadAllAsync());
    }
}
