// Owns: the shop as curl uses it.

using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Shop;

public sealed class ShopCurlTests
{
    private readonly string _curl = OutsideProgram.Require("curl", package: "curl");

    [Fact]
    public async Task Files_are_read_in_parts_and_revalidated()
    {
        await using var shop = await ShopDaemon.StartAsync();
        var file = $"{shop.Url}/digits.txt";
        using var directory = new TemporaryDirectory();
        var tag = Path.Combine(directory.Path, "tag");

        Assert.Equal("234 206", await RunAsync("--range", "2-4", file));
        Assert.Equal("789 206", await RunAsync("--continue-at", "7", file));
        Assert.Equal("0123456789 200", await RunAsync("--range", "0-1,3-4", file));
        Assert.Equal("""{"title":"Range Not Satisfiable","status":416} 416""", await RunAsync("--range", "10-", file));
        Assert.Equal("0123456789 200", await RunAsync("--etag-save", tag, file));
        Assert.Equal(" 304", await RunAsync("--etag-compare", tag, file));
        Assert.Equal(" 304", await RunAsync("--time-cond", "3 Jan 2026", file));
        Assert.Equal("0123456789 200", await RunAsync("--time-cond", "1 Jan 2026", file));
        Assert.Contains("Content-Length: 10\n", await RunAsync("--head", file), StringComparison.Ordinal);
        Assert.EndsWith("<title>Guide</title> 200", await RunAsync("--location", $"{shop.Url}/guide"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_signs_in_and_the_jar_keeps_the_cookie()
    {
        await using var shop = await ShopDaemon.StartAsync();
        using var directory = new TemporaryDirectory();
        var jar = Path.Combine(directory.Path, "jar");
        var account = $"{shop.Url}/account";

        Assert.Equal(
            """{"name":"Ann \u0026 Bob"} 200""",
            await RunAsync("--cookie-jar", jar, "--location", "--data-urlencode", "user=Ann & Bob", $"{shop.Url}/login"));
        var kept = await File.ReadAllTextAsync(jar, TestContext.Current.CancellationToken);
        Assert.Contains("#HttpOnly_127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\t", kept, StringComparison.Ordinal);
        Assert.Equal("""{"name":"Ann \u0026 Bob"} 200""", await RunAsync("--cookie", jar, account));
        foreach (var cookie in new[] { "session=0", "session=", "other=1", ";=;", "session" })
        {
            Assert.Equal(
                """{"title":"Unauthorized","status":401,"detail":"sign in first"} 401""", await RunAsync("--cookie", cookie, account));
        }
    }

    [Fact]
    public async Task Other_content_than_a_form_does_not_sign_in()
    {
        await using var shop = await ShopDaemon.StartAsync();
        var login = $"{shop.Url}/login";
        Assert.EndsWith(" 400", await RunAsync("--data", "name=Ann", login), StringComparison.Ordinal);
        Assert.EndsWith(" 415", await RunAsync("--form", "user=Ann", login), StringComparison.Ordinal);
        Assert.EndsWith(" 415", await RunAsync("--json", """{"user":"Ann"}""", login), StringComparison.Ordinal);
        Assert.EndsWith(" 413", await RunAsync("--data", "@" + Large(shop), login), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_are_uploaded_unless_they_are_too_large()
    {
        await using var shop = await ShopDaemon.StartAsync();
        using var directory = new TemporaryDirectory();
        var note = directory.Write("note.txt", string.Concat(Enumerable.Repeat("0123456789", 100_000)));

        // curl asks for a 100 (Continue) before content of this size.
        Assert.Equal(" 201", await RunAsync("--upload-file", note, $"{shop.Url}/uploads/"));
        Assert.Equal("0123456789 206", await RunAsync("--range", "999990-", $"{shop.Url}/uploads/note.txt"));
        var refused = await RunAsync("--upload-file", Large(shop), $"{shop.Url}/uploads/");
        Assert.Equal(
            """{"title":"Content Too Large","status":413,"detail":"body too large: the limit is 1000000 bytes (Request.Body.MaxSize)"}""",
            refused.Split(" 413")[0]);
        string[] chunked = ["--header", "Transfer-Encoding: chunked", "--upload-file", Large(shop)];
        Assert.Equal(refused, await RunAsync([.. chunked, $"{shop.Url}/uploads/"]));
        Assert.Equal(["note.txt"], Directory.GetFiles(shop.Folders.Uploads).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_method_that_a_path_does_not_have_is_refused_with_those_it_has()
    {
        await using var shop = await ShopDaemon.StartAsync();
        var (orders, events) = ($"{shop.Url}/api/orders", $"{shop.Url}/events");
        Assert.Contains("Allow: GET, HEAD, POST, OPTIONS\n", await RunAsync("--include", "-X", "DELETE", orders), StringComparison.Ordinal);
        Assert.Contains("Allow: GET, HEAD, OPTIONS\n", await RunAsync("--include", "--data", "x", events), StringComparison.Ordinal);
        Assert.EndsWith(" 501", await RunAsync("-X", "BREW", orders), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_arrive_as_orders_are_placed()
    {
        await using var shop = await ShopDaemon.StartAsync();
        await shop.PlaceAsync(quantity: 1);
        await using var curl = ChildProcess.Start(_curl, ["--silent", "--no-buffer", "--include", $"{shop.Url}/events"]);
        await curl.WaitForOutputAsync("""data: {"id":1,"item":"tea","quantity":1}""");
        await shop.PlaceAsync(quantity: 2);
        await curl.WaitForOutputAsync("""data: {"id":2,"item":"tea","quantity":2}""");
        Assert.Contains("X-Request-Id: ", curl.Output.ToString(), StringComparison.Ordinal);

        // The stream ends with the shop, and curl sees its end rather than a cut.
        Assert.Equal(0, await shop.Process.TerminateAsync());
        Assert.Equal(0, await curl.WaitForExitAsync());
    }

    private static string Large(ShopDaemon shop)
    {
        var path = Path.Combine(shop.Folders.Uploads, "..", "large.txt");
        File.WriteAllText(path, new string('x', 1_100_000));
        return path;
    }

    private async Task<string> RunAsync(params string[] arguments)
    {
        var (exitCode, output, errors) =
            await ChildProcess.RunAsync(_curl, ["--silent", "--show-error", "--write-out", " %{http_code}", .. arguments]);
        Assert.True(exitCode == 0, errors);
        return output;
    }
}
