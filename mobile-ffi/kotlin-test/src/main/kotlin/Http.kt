import com.google.gson.JsonElement
import com.google.gson.JsonObject
import com.google.gson.JsonParser
import java.io.IOException
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import uniffi.tsumugi_mobile.RequestRecord
import uniffi.tsumugi_mobile.Tablet

private val http: HttpClient = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()

/** What the server answered; status 0 when no reply came. */
class Answer(val status: Int, val retryAfter: ULong?, val body: ByteArray)

/** Moves one request over HTTP. */
fun send(server: String, request: RequestRecord): Answer {
    val message = HttpRequest.newBuilder(URI.create(server + request.path))
        .header("content-type", request.contentType)
        .method(request.method, HttpRequest.BodyPublishers.ofByteArray(request.body))
    request.authorization?.let { message.header("authorization", it) }
    return try {
        val reply = http.send(message.build(), HttpResponse.BodyHandlers.ofByteArray())
        Answer(reply.statusCode(), reply.headers().firstValue("retry-after").orElse(null)?.toULong(), reply.body())
    } catch (_: IOException) {
        Answer(0, null, ByteArray(0))
    }
}

/** Exchanges until the tablet has nothing to send and nothing to ask. */
fun sync(tablet: Tablet, server: String) {
    tablet.syncNow()
    while (true) {
        val request = tablet.nextRequest() ?: return
        val reply = send(server, request)
        check(reply.status in setOf(200, 429, 503)) { "${request.path} answered ${reply.status}" }
        val progress = tablet.onReply(request.id, reply.status.toUShort(), reply.retryAfter, reply.body)
        if (!progress.more && progress.waitMs < 20_000u && tablet.status().state != "synced") {
            Thread.sleep(progress.waitMs.toLong())
        }
    }
}

/** All questions of a screen by path. */
fun questions(screen: String): Map<String, JsonObject> {
    val found = mutableMapOf<String, JsonObject>()
    fun walk(elements: JsonElement) {
        for (element in elements.asJsonArray.map { it.asJsonObject }) {
            when (element["kind"].asString) {
                "question" -> found[element["path"].asString] = element
                "group" -> walk(element["elements"])
                else -> element["instances"].asJsonArray.forEach { walk(it.asJsonObject["elements"]) }
            }
        }
    }
    JsonParser.parseString(screen).asJsonObject["sections"].asJsonArray
        .forEach { walk(it.asJsonObject["elements"]) }
    return found
}

/** The answers and calculated values that a response shows. */
fun entered(tablet: Tablet, response: String): Map<String, String> {
    tablet.openResponse(response)
    return questions(tablet.screen(response, "ja"))
        .filterValues { !it["value"].isJsonNull }
        .mapValues { it.value["value"].asString }
}
