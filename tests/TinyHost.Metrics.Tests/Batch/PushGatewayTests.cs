using System.Net;
using System.Net.Http.Headers;
using System.Text;
using TinyHost.Metrics.Tests.Support;
using TinyHost.Tests.Support;

namespace TinyHost.Metrics.Tests.Batch;

[Collection(ServersAlone.Name)]
public sealed class PushGatewayTests : IAsyncLifetime
{
    private readonly BatchJob _job = new();
    private StandInGateway _gateway = null!;

    public async ValueTask InitializeAsync() => _gateway = await StandInGateway.StartAsync();

    public ValueTask DisposeAsync()
    {
        _job.Dispose();
        return _gateway.DisposeAsync();
    }

    [Fact]
    public async Task A_push_replaces_an_added_push_adds_and_a_deletion_deletes()
    {
        _job.Done();
        var group = new PushGateway(_gateway.Address, "nightly");
        await _job.Metrics.PushAsync(group, TestContext.Current.CancellationToken);
        await _job.Metrics.PushAddAsync(group, TestContext.Current.CancellationToken);
        await group.DeleteAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["PUT", "POST", "DELETE"], _gateway.Requests.Select(request => request.Method));
        Assert.All(_gateway.Requests, request => Assert.Equal("/metrics/job/nightly", request.Path));
        Assert.All(_gateway.Requests.Take(2), request =>
        {
            Assert.EndsWith("done_total 1\n", request.Text, StringComparison.Ordinal);
            Assert.Equal("text/plain; version=0.0.4; charset=utf-8", request.ContentType);
        });
        Assert.Equal(("", null), (_gateway.Requests[2].Text, _gateway.Requests[2].ContentType));
    }

    [Theory]
    [InlineData("", "/metrics/job/nightly", "")]
    [InlineData("prefix", "/prefix/metrics/job/nightly", "")]
    [InlineData("prefix/", "/prefix/metrics/job/nightly", "")]
    [InlineData("?token=a%20b", "/metrics/job/nightly", "token=a%20b")]
    [InlineData("prefix/?token=a&b", "/prefix/metrics/job/nightly", "token=a&b")]
    [InlineData("#top", "/metrics/job/nightly", "")]
    [InlineData("prefix?a#top", "/prefix/metrics/job/nightly", "a")]
    public async Task The_path_of_the_group_follows_the_path_of_the_address(string address, string path, string query)
    {
        var uri = new Uri(_gateway.Address, address);
        await _job.Metrics.PushAsync(uri, "nightly", TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        await new PushGateway(uri, "nightly").DeleteAsync(TestContext.Current.CancellationToken);
        Assert.Equal([(path, query), (path, query)], _gateway.Requests.Select(request => (request.Path, request.Query)));
    }

    [Theory]
    [InlineData("/metrics", true)]
    [InlineData("ftp://gateway/", false)]
    [InlineData("gateway:9091", false)]
    public void An_address_must_be_an_http_URI(string address, bool isRelative)
    {
        var uri = new Uri(address, isRelative ? UriKind.Relative : UriKind.Absolute);
        var error = Assert.Throws<ArgumentException>(() => new PushGateway(uri, "job"));
        Assert.Contains($"is '{address}'; it must be an http or https URI", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new PushGateway(_gateway.Address, ""));
    }

    [Fact]
    public async Task A_user_in_the_address_is_sent_as_Basic_authentication_and_not_shown_in_errors()
    {
        _gateway.Answer = context =>
        {
            context.Response.StatusCode = 403;
            return Task.CompletedTask;
        };
        var address = new UriBuilder(_gateway.Address) { UserName = "job", Password = "s%3Acret", Query = "token=hidden" }.Uri;
        var error = await Assert.ThrowsAsync<HttpRequestException>(
            () => new PushGateway(address, "nightly").DeleteAsync(TestContext.Current.CancellationToken));
        Assert.Equal("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("job:s:cret")), _gateway.Requests[0].Authorization);
        Assert.Equal($"{_gateway.Address}metrics/job/nightly refused the DELETE request with 403.", error.Message);
    }

    [Fact]
    public async Task The_reason_of_a_refusal_is_one_line()
    {
        _gateway.Answer = context =>
        {
            context.Response.StatusCode = 400;
            return context.Response.WriteTextAsync("one\n\u001b[31mtwo\0\u0085");
        };
        var error = await Assert.ThrowsAsync<HttpRequestException>(
            () => new PushGateway(_gateway.Address, "nightly").DeleteAsync(TestContext.Current.CancellationToken));
        Assert.Equal($"{_gateway.Address}metrics/job/nightly refused the DELETE request with 400: one  [31mtwo", error.Message);
    }

    [Fact]
    public async Task A_gateway_that_cannot_be_reached_is_named()
    {
        var address = new Uri($"http://127.0.0.1:{FreePort.Next()}/");
        var error = await Assert.ThrowsAsync<HttpRequestException>(
            () => new PushGateway(address, "nightly").DeleteAsync(TestContext.Current.CancellationToken));
        Assert.Equal(HttpRequestError.ConnectionError, error.HttpRequestError);
        Assert.Equal($"{address}metrics/job/nightly cannot be reached: Connection refused.", error.Message);
    }

    [Fact]
    public async Task The_callers_client_sends_the_requests_and_is_not_disposed()
    {
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "token");
        var group = new PushGateway(_gateway.Address, "nightly") { Client = client };
        await _job.Metrics.PushAsync(group, TestContext.Current.CancellationToken);
        await _job.Metrics.PushAddAsync(group, TestContext.Current.CancellationToken);
        await group.DeleteAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["Bearer token", "Bearer token", "Bearer token"], _gateway.Requests.Select(request => request.Authorization));
    }

    [Fact]
    public async Task The_timeout_of_the_callers_client_is_named()
    {
        var never = new TaskCompletionSource();
        _gateway.Answer = _ => never.Task;
        using var client = new HttpClient { Timeout = TimeSpan.FromMilliseconds(50) };
        var group = new PushGateway(_gateway.Address, "nightly") { Client = client };
        var error = await Assert.ThrowsAsync<TimeoutException>(() => group.DeleteAsync(TestContext.Current.CancellationToken));
        Assert.EndsWith("did not answer within 00:00:00.0500000.", error.Message, StringComparison.Ordinal);
        never.SetResult();
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_is_no_success(int status)
    {
        _gateway.Answer = context => RedirectOnceAsync(context, status);
        var group = new PushGateway(_gateway.Address, "nightly");
        Func<Task>[] requests = [() => _job.Metrics.PushAsync(group), () => _job.Metrics.PushAddAsync(group), () => group.DeleteAsync()];
        foreach (var request in requests)
        {
            var error = await Assert.ThrowsAsync<HttpRequestException>(request);
            Assert.Equal((HttpStatusCode)status, error.StatusCode);
            Assert.Contains($"with {status}: redirect to /elsewhere", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(3, _gateway.Requests.Count);
    }

    [Theory]
    [InlineData(303, false)]
    [InlineData(307, true)]
    public async Task A_client_that_follows_a_redirect_must_keep_the_method(int status, bool succeeds)
    {
        _gateway.Answer = context => RedirectOnceAsync(context, status);
        using var client = new HttpClient();
        var group = new PushGateway(_gateway.Address, "nightly") { Client = client };
        var push = _job.Metrics.PushAsync(group, TestContext.Current.CancellationToken);
        if (succeeds)
        {
            await push;
            Assert.Equal(["PUT", "PUT"], _gateway.Requests.Select(request => request.Method));
            return;
        }

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => push);
        Assert.Equal(
            $"{_gateway.Address}metrics/job/nightly redirected the PUT request to {_gateway.Address}elsewhere, where it became GET and "
            + "changed nothing.",
            error.Message);
    }

    [Fact]
    public void An_invalid_deadline_is_rejected()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new PushGateway(_gateway.Address, "job") { Deadline = TimeSpan.Zero });
        Assert.Equal(TimeSpan.FromSeconds(30), new PushGateway(_gateway.Address, "job").Deadline);
    }

    private static Task RedirectOnceAsync(RequestContext context, int status)
    {
        if (context.Request.Path != "/elsewhere")
        {
            context.Response.StatusCode = status;
            context.Response.Fields["Location"] = "/elsewhere";
        }

        return Task.CompletedTask;
    }
}
