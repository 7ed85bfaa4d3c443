// Owns: tests of RefusalExtensions.

using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class RefusalExtensionsTests
{
    [Fact]
    public async Task A_refusal_has_the_status_of_its_reason_keeps_fields_and_is_counted_and_logged()
    {
        using var meters = new MeterRecorder();
        using var log = new RecordingLogger();
        var app = new Pipeline().UseAccessLog(logger: log).Run(async context =>
        {
            context.Response.Fields["X-Limit"] = "10";
            await context.Response.WriteTextAsync("half an answer");
            await context.RefuseAsync(RejectReason.BodyTooLarge);
        });
        var transport = new MemoryTransport().Arrive("GET / HTTP/1.1\r\nHost: h\r\n\r\n").FinishSending();
        using var server = new MemoryServer(app, transport, meters: meters);
        var sent = await server.EndAsync();
        Assert.StartsWith("HTTP/1.1 413 Content Too Large\r\n", sent);
        Assert.Contains("\r\nX-Limit: 10\r\n", sent);
        Assert.EndsWith("\r\n\r\n413 Content Too Large: body too large\n", sent);
        Assert.Equal("body_too_large", Assert.Single(meters.Tags("tinyhost.requests.rejected"))["reason"]);
        Assert.EndsWith(" body_too_large", Assert.Single(log.Entries).Message);
    }

    [Theory]
    [InlineData(RejectReason.None)]
    [InlineData((RejectReason)999)]
    public async Task A_value_that_is_not_a_reason_is_an_error(RejectReason reason)
    {
        Exception? thrown = null;
        Func<RequestContext, Task> app = context =>
        {
            thrown = Record.Exception(() => { _ = context.RefuseAsync(reason); });
            return Task.CompletedTask;
        };
        Assert.Equal(200, (await app.GetAsync("/")).Status);
        Assert.Equal("reason", Assert.IsType<ArgumentOutOfRangeException>(thrown).ParamName);
    }
}
