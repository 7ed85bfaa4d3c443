// Owns: tests of targets outside RFC 3986's grammar: in handlers, in logs, in Location, and with StrictTargets.

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class StrictTargetsTests
{
    [Fact]
    public async Task Every_visible_character_except_the_number_sign_reaches_the_handler_as_sent()
    {
        Func<RequestContext, Task> app = context =>
            context.Response.WriteTextAsync($"{context.Request.Target}\n{context.Request.Path}\n{context.Request.RawQuery}");
        for (var character = '!'; character <= '~'; character++)
        {
            // In a path, a percent sign and a question mark must be percent-encoded.
            var inPath = character switch { '%' => "%25", '?' => "%3F", '/' => "/x/", _ => character.ToString() };
            var path = $"/a{inPath}b";
            var target = $"{path}?c{character}d={character}";
            var response = await app.GetAsync(target);
            if (character == '#')
            {
                Assert.Equal(400, response.Status);
                continue;
            }

            Assert.Equal(
                (200, $"{target}\n{path.Replace("%3F", "?", StringComparison.Ordinal)}\nc{character}d={character}"),
                (response.Status, response.Content));
        }
    }

    [Theory]
    [InlineData("/\\evil.example", "/%5Cevil.example")]
    [InlineData("//evil.example", "/evil.example")]
    [InlineData("/%5C/evil.example", "/%5C/evil.example")]
    [InlineData("/%09/evil.example", "/%09/evil.example")]
    [InlineData("/.//evil.example", "/evil.example")]
    [InlineData("/a?q=100%&b[]={c}", "/a?q=100%25&b[]=%7Bc%7D")]
    public async Task A_redirect_to_the_path_and_query_of_a_request_stays_on_the_server(string target, string location)
    {
        Func<RequestContext, Task> app = context =>
        {
            var request = context.Request;
            context.Response.StatusCode = 308;
            context.Response.Fields["Location"] = request.RawQuery.Length == 0 ? request.Path : $"{request.Path}?{request.RawQuery}";
            return Task.CompletedTask;
        };
        Assert.Equal(location, (await app.GetAsync(target)).Field("Location"));
    }

    [Theory]
    [InlineData("/?ids[]=1")]
    [InlineData("/?q=100%")]
    [InlineData("/a|b")]
    [InlineData("http://test/{a}")]
    public async Task Strict_targets_follow_the_grammar(string target)
    {
        foreach (var isStrict in new[] { false, true })
        {
            await using var server = await TestServer.StartAsync(_ => Task.CompletedTask, options => options.StrictTargets = isStrict);
            using var client = await server.ConnectAsync();
            await client.SendAsync($"GET {target} HTTP/1.1\r\nHost: test\r\n\r\n");
            Assert.Equal(isStrict ? 400 : 200, (await client.ReadResponseAsync()).Status);
        }
    }

    [Theory]
    [InlineData("true", 400)]
    [InlineData("False", 200)]
    public async Task The_configuration_can_turn_on_strict_targets(string value, int status)
    {
        var port = FreePort.Next();
        using var host = Build(port, value);
        await host.StartAsync();
        using var client = await RawClient.ConnectAsync(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, port));
        await client.SendAsync("GET /?a=[b] HTTP/1.1\r\nHost: test\r\n\r\n");
        Assert.Equal(status, (await client.ReadResponseAsync()).Status);
        await host.StopAsync();
    }

    [Theory]
    [InlineData("1")]
    [InlineData("yes")]
    public async Task A_setting_that_is_neither_true_nor_false_fails_the_start(string value)
    {
        using var host = Build(FreePort.Next(), value);
        var exception = await Assert.ThrowsAsync<ServerStartException>(() => host.StartAsync());
        Assert.Contains("TinyHost:StrictTargets", exception.Message, StringComparison.Ordinal);
    }

    private static IHost Build(int port, string value)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(
            [new("TinyHost:Prefixes:0", $"http://127.0.0.1:{port}/"), new("TinyHost:StrictTargets", value)]);
        builder.Services.AddTinyHost(pipeline => pipeline.Run(_ => Task.CompletedTask));
        return builder.Build();
    }
}
