package counter;

/** A counter that outlives its callers. Counts are unsigned. */
public interface Store {
  /**
   * Adds {@code n} and returns the count after it: the caller owns the numbers {@code count - n +
   * 1} to {@code count}. Adding 0 reads the count and proves that the store can be written. After
   * an exception the {@code n} numbers may have been used up; nobody else gets them.
   *
   * @throws StoreException when the store gave no number
   * @throws InterruptedException when nobody waits for the number any more
   */
  long add(long n) throws StoreException, InterruptedException;
}
