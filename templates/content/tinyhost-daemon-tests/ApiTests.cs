using System.Net;
using TinyHost.Testing;
using Xunit;

namespace TinyHostDaemon.Tests;

public sealed class ApiTests
{
    [Fact]
    public async Task A_posted_job_waits_and_is_counted()
    {
        await using var app = TestServer.Start(Api.Routes(new JobQueue()));
        var answer = await app.Client.PostAsync("/jobs", new StringContent("tea"));
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal("1 jobs wait.", await app.Client.GetStringAsync("/jobs"));
        await app.IdleAsync();
        Assert.Equal(1, app.Metrics.Count("http.server.request.duration", ("http.response.status_code", 202)));
    }
}
