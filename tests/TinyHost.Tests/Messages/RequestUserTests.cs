// Owns: tests of RequestContext.User.

using System.Security.Claims;
using TinyHost.Tests.Support;
using static TinyHost.Tests.Support.Credentials;

namespace TinyHost.Tests;

public sealed class RequestUserTests
{
    [Fact]
    public async Task Without_a_stage_the_user_has_no_name_and_is_not_authenticated()
    {
        Func<RequestContext, Task> app = context =>
        {
            var user = context.User;
            return context.Response.WriteTextAsync(
                $"{user.Identity!.Name is null} {user.Identity.IsAuthenticated} {user == context.User}");
        };
        Assert.Equal("True False True", (await app.GetAsync("/")).Content);
    }

    [Fact]
    public async Task A_stage_can_set_the_user()
    {
        Func<RequestContext, Task> app = context =>
        {
            context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Role, "admin")], "test"));
            return context.Response.WriteTextAsync($"{context.User.IsInRole("admin")}");
        };
        Assert.Equal("True", (await app.GetAsync("/")).Content);
        app = context =>
        {
            Assert.Throws<ArgumentNullException>("value", () => context.User = null!);
            return Task.CompletedTask;
        };
        Assert.Equal(200, (await app.GetAsync("/")).Status);
    }

    [Fact]
    public async Task The_users_of_requests_on_one_connection_are_apart()
    {
        var guarded = Authentication.Wrap(
            context =>
            {
                var claims = context.User.Claims.Count();
                ((ClaimsIdentity)context.User.Identity!).AddClaim(new Claim(ClaimTypes.Role, "admin"));
                return context.Response.WriteTextAsync($"{context.User.Identity.Name}{claims}");
            },
            auth => auth.Token("ci", "t").Except("/open"));
        await using var server = await TestServer.StartAsync(guarded);
        using var client = await server.ConnectAsync();
        Assert.Equal("ci1", (await client.GetAsync("/", Bearer("t") + "\r\n")).Content);
        Assert.Equal("ci1", (await client.GetAsync("/", Bearer("t") + "\r\n")).Content);
        Assert.Equal("0", (await client.GetAsync("/open")).Content);
    }
}
