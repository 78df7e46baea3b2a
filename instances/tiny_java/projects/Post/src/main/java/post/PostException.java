package post;

/** What the post office refuses to do, with the reason. */
public class PostException extends RuntimeException {
    public PostException(String reason) {
        super(reason);
    }
}
