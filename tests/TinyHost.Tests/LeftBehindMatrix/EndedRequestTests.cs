// Owns: what code finds that keeps a request beyond its handler.
// Does not own: responses kept so (HostileHandlerTests), or code that acts while the handler ends (LeftBehindTests).

using TinyHost.Tests.Support;

namespace TinyHost.Tests.LeftBehindMatrix;

public sealed class EndedRequestTests
{
    [Theory]
    [InlineData("")]
    [InlineData("Connection: close\r\n")]
    public async Task A_request_kept_beyond_its_handler_can_be_read_no_more(string fields)
    {
        Request? kept = null;
        await using var server = await WatchedServer.StartAsync(async context =>
        {
            kept = context.Request;
            await Task.Yield();
        });
        using var client = await server.ConnectAsync();
        await client.GetAsync("/kept?secret", fields);

        await AssertReadsNothingAsync(kept!);
        client.Dispose();
        await server.EmptyAsync();
        await AssertReadsNothingAsync(kept!);
    }

    private static async Task AssertReadsNothingAsync(Request request)
    {
        Assert.Throws<InvalidOperationException>(() => request.Target);
        Assert.Throws<InvalidOperationException>(() => request.Query);
        Assert.Throws<InvalidOperationException>(() => request.Fields["Host"]);
        Assert.Throws<InvalidOperationException>(() => request.Fields.ToList());
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await request.Body.ReadAsync(new byte[1]));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await request.Body.ReadAllAsync());
    }
}
